/** Home of the calls to the sandbox's own HTTP interface; every failure becomes a sentence. */

/** What a call answered when it did not succeed: `status` is 0 when nobody answered at all. */
class Refused extends Error {
  constructor(status, message, body = null) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** The guild; with a name, only what that member sees of it and which commands they may use. */
export const state = (as = null) => call("GET", `/sandbox/state${as ? `?as=${encodeURIComponent(as)}` : ""}`);

/** A page of messages as a member sees them, oldest first. */
export const messages = async (channel, as, { limit = 100, before = null } = {}) => {
  const query = new URLSearchParams({ channel, as, limit: String(limit) });
  if (before !== null) query.set("before", before);
  return call("GET", `/sandbox/messages?${query}`);
};

/** The pinned messages of a channel, oldest first. */
export const pinned = (channel, as) =>
  call("GET", `/sandbox/messages?${new URLSearchParams({ channel, as, pinned: "1", limit: "250" })}`);

/** Plays a member; answers when the bot has answered or failed. */
export const act = (deed) => call("POST", "/sandbox/act", deed);

export const samples = () => call("GET", "/sandbox/samples");

export const sendSample = (source, name) => call("POST", "/sandbox/samples", { source, case: name });

/** What goes wrong on purpose now. */
export const faults = () => call("GET", "/sandbox/fault");

/** Makes something go wrong, or with `kind: "clear"` nothing any more. */
export const cause = (fault) => call("POST", "/sandbox/fault", fault);

/** The bot's REST calls after the index `since`, oldest first. */
export const traffic = async (since) => {
  const response = await reach("GET", `/sandbox/traffic?since=${since}`);
  if (!response.ok) throw await refusal(response);
  const lines = (await response.text()).split("\n").filter((line) => line.trim());
  return lines.map((line) => JSON.parse(line));
};

async function call(method, path, body) {
  const response = await reach(method, path, body);
  if (!response.ok) throw await refusal(response);
  return response.json();
}

async function reach(method, path, body) {
  const options = { method, cache: "no-store" };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  try {
    return await fetch(path, options);
  } catch {
    throw new Refused(0, "The sandbox does not answer. Is it still running?");
  }
}

async function refusal(response) {
  const text = await response.text();
  try {
    const body = JSON.parse(text);
    return new Refused(response.status, body.error ?? body.message ?? text, body);
  } catch {
    return new Refused(response.status, text.slice(0, 300) || `The sandbox answered ${response.status}.`);
  }
}
