// Generates, from the runtime schemas that the AWS SDK clients export, what the server needs to know of each AWS service:
//   build/tables/<service>.json           shapes and operations, read by src/protocol/tables.ts
//   build/tables/index.json               what dispatch needs of every service before its table is read
//   src/protocol/generated/<service>.ts   TypeScript types of inputs and outputs, for handlers
// Nothing generated is committed. Run: npm run generate [-- <service>…]
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { services } from './generate/services.mjs';
import { tableOf } from './generate/table.mjs';
import { typesOf } from './generate/types.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tables = join(root, 'build/tables');
const generated = join(root, 'src/protocol/generated');

// The SDK warns that Node 20 is old; it is only read here, not run.
process.removeAllListeners('warning');
process.on('warning', () => undefined);

function indexEntry(table) {
  const { name, signingName, protocol, version, target } = table;
  return { name, signingName, protocol, version, target };
}

mkdirSync(tables, { recursive: true });
mkdirSync(generated, { recursive: true });
const only = process.argv.slice(2);
const unknown = only.filter((name) => !(name in services));
if (unknown.length > 0) throw new Error(`unknown services ${unknown.join(', ')}: see scripts/generate/services.mjs`);
const index = [];
let operations = 0;
for (const [name, packageName] of Object.entries(services)) {
  const table = tableOf(name, packageName);
  index.push(indexEntry(table));
  if (only.length > 0 && !only.includes(name)) continue;
  operations += Object.keys(table.operations).length;
  writeFileSync(join(tables, `${name}.json`), JSON.stringify(table));
  writeFileSync(join(generated, `${name}.ts`), typesOf(table, packageName));
}
writeFileSync(join(tables, 'index.json'), JSON.stringify(index));
console.log(`generated tables and types of ${only.length || index.length} services, ${operations} operations`);
