// Reads examples out of the documentation, so that a test runs what a reader copies.

import { readFileSync } from "node:fs";

/** The fenced blocks of a language in a file, with the line on which each begins. */
export function fenced(file, language) {
  const blocks = [];
  let block;
  for (const [at, text] of readFileSync(file, "utf8").split("\n").entries()) {
    if (block && text.trim() === "```") {
      blocks.push({ line: block.line, text: block.lines.join("\n") });
      block = undefined;
    } else if (block) {
      block.lines.push(text);
    } else if (text.trim() === `\`\`\`${language}`) {
      block = { line: at + 2, lines: [] };
    }
  }
  return blocks;
}
