/** Home of the words at the beginning of a channel, which say what to try next where nothing has happened yet. */

import { el } from "./dom.js";
import { icon } from "./icons.js";

const TRY = {
  prs: "sovereign send github pull_request.opened",
  alerts: "sovereign send alertmanager firing",
  "dev-feed": "sovereign send github push.branch",
  deployments: "sovereign send github release.published",
  "ci-cd-pipeline": "sovereign send github workflow_run.completed",
};

/** `{sign, build}` of the first row. */
export function introFor(place, app, empty) {
  const sign = JSON.stringify([place.name, place.topic, empty, app.world.writes(app.me, place)]);
  return { sign, build: () => intro(place, app, empty) };
}

function intro(place, app, empty) {
  const title = place.direct ? place.name : place.thread ? place.name : `Welcome to #${place.name}`;
  return el(
    "li",
    { class: "intro" },
    el("span", { class: "intro-sign" }, icon(app.world.signOf(place))),
    el("h3", {}, title),
    el("p", {}, beginning(place)),
    empty && el("p", { class: "hint-line" }, next(place, app)),
  );
}

function beginning(place) {
  if (place.direct) return "This is the beginning of your direct messages with the bot.";
  if (place.thread) return "This is the beginning of the thread.";
  return `This is the beginning of the channel.${place.topic ? ` ${place.topic}.` : ""}`;
}

function next(place, app) {
  const command = TRY[place.name];
  if (!command && !app.world.writes(app.me, place)) return ["No messages yet. Others may write here; you may read."];
  if (command) return ["No messages yet. Try: ", el("code", {}, command)];
  if (place.thread || place.direct) return ["No messages yet. Write one below."];
  return ["No messages yet. Write one below, or type ", el("code", {}, "/"), " to see the commands of the bot."];
}
