// Every numbered behaviour in docs/spec/*.md ("[TD-4] …") needs a test whose title names it, and no test may name one that is not written down.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const id = /\[([A-Z]{2,4}-\d+)\]/g;

function files(directory, wanted) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function ids(paths) {
  const found = new Map();
  for (const path of paths)
    for (const [, name] of readFileSync(path, 'utf8').matchAll(id)) if (!found.has(name)) found.set(name, path);
  return found;
}

const written = ids(files(join(root, 'docs/spec'), /\.md$/));
// Contract suites (*.contract.ts) are run by the tests of each implementation.
const tested = ids(['src', 'test'].flatMap((room) => files(join(root, room), /\.(test|contract)\.ts$/)));
const untested = [...written.keys()].filter((name) => !tested.has(name));
const unwritten = [...tested].filter(([name]) => !written.has(name));
for (const name of untested) console.error(`${name} (${written.get(name)}) has no test that names it`);
for (const [name, path] of unwritten) console.error(`${name} is named by ${path} but stands in no docs/spec/*.md`);
if (untested.length + unwritten.length > 0) process.exit(1);
console.log(`${written.size} numbered behaviours, each with a test`);
