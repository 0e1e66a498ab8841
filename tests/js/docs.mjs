// Reads examples out of the documentation and runs them, so that a test runs what a reader copies.

import { spawn } from "node:child_process";
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

/** Starts a program, and keeps its output. */
export function run(command, args, { cwd, env }) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
  let ended = false;
  child.on("close", () => (ended = true));
  child.on("error", (error) => ([output, ended] = [error.message, true]));
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  return { output: () => output, ended: () => ended, kill };
}
