// A Python for the tests, with the libraries that partners use (requirements.txt), apart from the
// machine's own.
//
// It is beside the packages of npm, and goes with them. Only one file of tests must ask for it: they
// run at the same time.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("node_modules/.python/", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));
const PYTHON = `${FOLDER}bin/python`;
const INSTALLED = `${FOLDER}bin/pip`;

/** Where it is. The first time it is made, which takes some seconds. */
export function python() {
  if (!existsSync(INSTALLED)) {
    execFileSync("python3", ["-m", "venv", FOLDER]);
  }
  const install = ["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--require-hashes"];
  execFileSync(PYTHON, [...install, "--requirement", REQUIREMENTS]);
  return PYTHON;
}
