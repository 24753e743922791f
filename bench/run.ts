/**
 * Every bench, one after another: `npm run bench`. Those that start containers need an engine (LONGSHORE_ENGINE, else Docker's own socket),
 * root, and the image of `longshore image`. Names as arguments run only those: `npm run bench -- api store`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const benches: Readonly<Record<string, { readonly about: string; readonly args?: readonly string[] }>> = {
  protocol: { about: 'the protocol layer alone against a bare server' },
  api: { about: 'the API against a bare server' },
  store: { about: 'the journal against bare appends, the view, recovery', args: ['--rows', '100000'] },
  placement: { about: 'placements a second' },
  policy: { about: 'what deciding a request by policies costs, with 1 and 50 on the caller' },
  authorize: { about: 'requests of a user with 50 policies against those of the root' },
  services: { about: 'a change to one service among ten and among a thousand; a rolling update' },
  'engine-floor': { about: 'what the engine itself takes to start a container' },
  launch: { about: 'RunTask to the process running against the bare engine' },
  healing: { about: 'a killed container and a rolling update of ten tasks against the bare engine' },
  'security-groups': { about: 'security groups on the wire: wiring with 20 rules, changes among ten and 200 tasks' },
  machines: { about: 'throughput and latency between tasks, of one machine and of two, against a Docker bridge' },
  names: { about: 'name look-ups a second against a bare UDP echo and dnsmasq' },
  balancer: { about: 'load balancing against bare HAProxy and nginx' },
  registry: { about: 'push and pull of an image of 200 MB against docker-registry' },
  idle: { about: 'memory and CPU of longshore up' },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benches));
if (unknown.length > 0)
  throw new Error(`there is no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);

const failed: string[] = [];
for (const [name, { about, args = [] }] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n## ${name}: ${about}\n`);
  const { status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, `${name}.ts`), ...args],
    { stdio: 'inherit' },
  );
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
