/** Home of what the page knows of the guild: channels, threads, roles, people and commands, by id and by name. */

import { inChannel, SEND, SEND_IN_THREADS, VIEW } from "./permissions.js";

const VOICE = 2;
export const DIRECT = "@bot";

/** An immutable view of one answer of `/sandbox/state`. */
export class World {
  constructor(state) {
    this.guild = state.guild ?? {};
    this.roles = new Map((state.roles ?? []).map((role) => [role.id, role]));
    this.ranked = [...this.roles.values()].sort((a, b) => (b.position ?? 0) - (a.position ?? 0));
    this.members = new Map((state.members ?? []).map((member) => [member.id, member]));
    this.channels = new Map((state.channels ?? []).map((one) => [one.id, one]));
    this.threads = new Map((state.threads ?? []).map((thread) => [thread.id, thread]));
    this.categories = categories(state, this.channels);
    this.commands = state.commands ?? [];
    this.bot = state.bot ?? null;
    /** Changes when names, roles or colours do: messages are then drawn anew. */
    this.look = JSON.stringify([state.roles, state.members, (state.channels ?? []).map((one) => [one.id, one.name])]);
  }

  /** A channel or thread by id or name; the direct-message channel by `@bot`; null when unknown. */
  place(ref) {
    if (ref === DIRECT) return { id: DIRECT, name: this.bot?.username ?? "Bot", direct: true };
    if (this.channels.has(ref)) return this.channels.get(ref);
    if (this.threads.has(ref)) return { ...this.threads.get(ref), thread: true };
    return [...this.channels.values()].find((one) => one.name === ref) ?? null;
  }

  parentOf(place) {
    return place.thread ? (this.channels.get(place.parent_id) ?? null) : place;
  }

  threadsUnder(channelId) {
    return [...this.threads.values()].filter((thread) => thread.parent_id === channelId && !thread.archived);
  }

  /** The thread that hangs on a message, or null. */
  threadOf(message) {
    const id = typeof message.thread === "string" ? message.thread : message.thread?.id;
    return id ? (this.threads.get(id) ?? { id, name: message.thread.name ?? "Thread" }) : null;
  }

  memberNamed(name) {
    return [...this.members.values()].find((one) => one.name === name) ?? null;
  }

  people() {
    return [...this.members.values()].filter((one) => !one.bot);
  }

  /** What people call a member. */
  nameOf(member) {
    return member.display_name ?? member.name;
  }

  /** The member's roles, highest first. */
  rolesOf(member) {
    const held = new Set(member.role_names ?? []);
    return this.ranked.filter((role) => held.has(role.name));
  }

  /** What a member's name is written in: their highest coloured role's colour, or 0. */
  nameColor(userId) {
    const member = this.members.get(userId);
    return member ? (this.rolesOf(member).find((role) => role.color)?.color ?? 0) : 0;
  }

  avatarColor(userId) {
    const member = this.members.get(userId);
    return member?.avatar_color ?? this.nameColor(userId);
  }

  sees(member, place) {
    return this.may(member, place, VIEW);
  }

  writes(member, place) {
    return this.may(member, place, place.thread ? SEND_IN_THREADS : SEND);
  }

  /** Which of the permission bits of `wanted` the member has there. */
  may(member, place, wanted) {
    return place.direct || (this.#bits(member, place) & wanted) === wanted;
  }

  /** The icon that says what kind of place it is. */
  signOf(place) {
    if (place.direct) return "at";
    if (place.thread) return "thread";
    if (place.type === VOICE) return "voice";
    return this.#isHidden(place) ? "locked" : "hash";
  }

  #bits(member, place) {
    const channel = this.parentOf(place);
    return channel === null ? 0n : inChannel(this, member, channel);
  }

  #isHidden(place) {
    const everyone = (place.overwrites ?? []).find((one) => one.id === this.guild.id);
    return Boolean(BigInt(everyone?.deny ?? 0) & VIEW);
  }
}

function categories(state, channels) {
  const grouped = new Map();
  for (const channel of channels.values()) {
    const name = channel.category ?? "";
    if (!grouped.has(name)) grouped.set(name, []);
    grouped.get(name).push(channel);
  }
  const order = [...(state.categories ?? [])].sort(byPosition).map((one) => one.name);
  const rank = (name) => (order.includes(name) ? order.indexOf(name) : name === "" ? -1 : order.length);
  const sorted = [...grouped.entries()].sort(([a], [b]) => rank(a) - rank(b));
  return sorted.map(([name, members]) => ({ name, channels: members.sort(byPosition) }));
}

function byPosition(a, b) {
  return (a.position ?? 0) - (b.position ?? 0);
}
