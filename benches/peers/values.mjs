// How Leasegraph prints what the tables hold, for the peers to print the same.

// The tenant whose rows are asked for. Ours takes it from a token that it verifies; the peers have
// none of that to do.
export const TENANT = "bench";

// The scheme that JobRad's category codes belong to.
export const SCHEME = "BIDEX";

// The global id of a row: its kind and its uuid without dashes.
export const globalId = (kind) => (uuid) => `${kind}_${uuid.replaceAll("-", "")}`;

// Microseconds since 1970 as an instant, with as many digits of a second as are needed.
export function instant(micros) {
  const whole = Math.floor(Number(micros) / 1000);
  const text = new Date(whole).toISOString();
  const digits = text.slice(20, 23) + String(Number(micros) % 1000).padStart(3, "0");
  const fraction = digits.replace(/0+$/, "");
  return `${text.slice(0, 19)}${fraction && "."}${fraction}Z`;
}

// The name of an enum's value for a word of the database.
export const enumName = (word) => word.toUpperCase();

// A category's name in its provider's own language.
export const categoryName = (content) => content.names[content.default_language];
