/** Home of the page's address: `#/member/channel` or `#/member/channel/thread`, so that a reload comes back here. */

const REMEMBERED = "sovereign.sandbox.member";

/** `{member, place}`, each null where the address does not say. */
export function readHash() {
  const [, member, channel, thread] = location.hash.split("/").map((part) => decodeURIComponent(part));
  return { member: member || null, place: thread || channel || null };
}

export function hashFor(member, place) {
  if (!place) return `#/${encodeURIComponent(member)}`;
  const parts = place.thread ? [member, place.parent_id, place.id] : [member, place.direct ? place.id : place.name];
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

export function rememberedMember() {
  return localStorage.getItem(REMEMBERED);
}

export function rememberMember(name) {
  localStorage.setItem(REMEMBERED, name);
}
