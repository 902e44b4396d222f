/** Home of colours that come from the guild, made legible on both themes. */

const LIGHT_GROUND = 0xeceef4;
const DARK_GROUND = 0x2b2e3a;
const DARK_INK = 0x06070a;
const ENOUGH = 5;

/** CSS custom properties for text in a role's colour: `--on-light` and `--on-dark`. Colour 0 has none. */
export function shades(color) {
  if (!color) return {};
  return {
    "--on-light": hex(shifted(color, LIGHT_GROUND, 0x000000)),
    "--on-dark": hex(shifted(color, DARK_GROUND, 0xffffff)),
  };
}

/** An avatar's ground and the ink that reads best on it. */
export function avatarShades(color) {
  const ground = color || 0x7a7f87;
  const ink = contrast(ground, 0xffffff) >= contrast(ground, DARK_INK) ? 0xffffff : DARK_INK;
  return { "--ground": hex(ground), "--ink": hex(ink) };
}

export function hex(color) {
  return `#${color.toString(16).padStart(6, "0")}`;
}

/** WCAG 2 contrast ratio of two 0xRRGGBB colours. */
function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function shifted(color, ground, towards) {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(color, towards, share);
    if (contrast(mixed, ground) >= ENOUGH) return mixed;
  }
  return towards;
}

function mix(a, b, share) {
  const channel = (shift) => {
    const [from, to] = [(a >> shift) & 255, (b >> shift) & 255];
    return Math.round(from + (to - from) * share) << shift;
  };
  return channel(16) | channel(8) | channel(0);
}

function luminance(color) {
  const linear = (shift) => {
    const part = ((color >> shift) & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0);
}
