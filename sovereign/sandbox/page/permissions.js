/** Home of what a member may do in a channel, computed from roles and overwrites as Discord does, to draw by it. */

export const VIEW = 1n << 10n;
export const SEND = 1n << 11n;
export const MANAGE_MESSAGES = 1n << 13n;
export const MANAGE_THREADS = 1n << 34n;
export const PUBLIC_THREADS = 1n << 35n;
export const PRIVATE_THREADS = 1n << 36n;
export const PIN = 1n << 51n;
export const SEND_IN_THREADS = 1n << 38n;
const ADMINISTRATOR = 1n << 3n;
const EVERYTHING = (1n << 53n) - 1n;

/** The member's permission bits there. The server decides anew at every act; this only greys things out. */
export function inChannel(world, member, channel) {
  const roles = [world.roles.get(world.guild.id), ...world.rolesOf(member)].filter(Boolean);
  if (member.id === world.guild.owner_id || !roles.some((role) => role.permissions !== undefined)) return EVERYTHING;
  let bits = roles.reduce((sum, role) => sum | BigInt(role.permissions ?? 0), 0n);
  if (bits & ADMINISTRATOR) return EVERYTHING;
  const held = new Set(roles.map((role) => role.id));
  const overwrites = channel.overwrites ?? [];
  bits = layered(bits, overwrites.filter((one) => one.id === world.guild.id));
  bits = layered(bits, overwrites.filter((one) => one.id !== world.guild.id && held.has(one.id)));
  return layered(bits, overwrites.filter((one) => one.id === member.id));
}

function layered(bits, overwrites) {
  const deny = overwrites.reduce((sum, one) => sum | BigInt(one.deny ?? 0), 0n);
  const allow = overwrites.reduce((sum, one) => sum | BigInt(one.allow ?? 0), 0n);
  return (bits & ~deny) | allow;
}
