/**
 * The store and the view: `npx tsx bench/store.ts [view|journal|recovery] [--rows 1000000]`.
 * `view`: memory a row, latency of reads with few and with many rows in state, changes a second.
 * `journal`: durable transactions a second beside bare appends, each synced, on the same disk in the same run.
 * `recovery`: a process that opens a journal, until its tables can be read.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { silentLog, toBytes } from '../src/kernel/index.ts';
import { taskKey, tasks, type TaskRecord } from '../src/services/ecs/records/task.ts';
import { openEmbeddedStore } from '../src/store/embedded/index.ts';
import { openDatabase, type Entry, type Store } from '../src/store/index.ts';
import { View } from '../src/store/view/view.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const instances = 5_000;
const servicesOfCluster = 1_000;

/** A task of about 1.7 KB, as RunTask writes it. */
function task(at: number, lastStatus: TaskRecord['lastStatus'] = 'RUNNING'): TaskRecord {
  const hex = 'f0e1d2c3' + at.toString(16).padStart(24, '0');
  return {
    ...scope,
    cluster: 'default',
    id: hex,
    family: `web-${at % 100}`,
    revision: 7,
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    availabilityZone: 'us-east-1a',
    desiredStatus: 'RUNNING',
    lastStatus,
    instanceKey: `/ecs/container-instance/000000000000/us-east-1/fargate/${(at % instances).toString(16).padStart(32, '0')}`,
    resources: { cpu: 256, memoryMiB: 512, ports: [], portsUdp: [] } as unknown as TaskRecord['resources'],
    cpu: '256',
    memory: '512',
    containers: ['web', 'sidecar'].map((name) => ({
      name,
      id: `${hex.slice(0, 8)}-0000-4000-8000-${hex.slice(0, 12)}`,
      image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/${name}:2026-11-20`,
      imageDigest: `sha256:${hex}${hex}`,
      runtimeId: `${hex}-${at}`,
      lastStatus,
      networkBindings: [],
      healthStatus: 'UNKNOWN',
      essential: true,
      checked: false,
      cpuUnits: 128,
    })),
    overrides: { containerOverrides: [{ name: 'web' }, { name: 'sidecar' }], inferenceAcceleratorOverrides: [] },
    group: `service:service-${at % servicesOfCluster}`,
    startedBy: `ecs-svc/${1_000_000_000_000 + (at % servicesOfCluster)}`,
    enableExecuteCommand: false,
    ephemeralStorageGiB: 20,
    tags: [{ key: 'team', value: 'shop' }],
    version: 3,
    createdAtMs: 1_790_000_000_000 + at,
    connectivity: 'CONNECTED',
    connectivityAtMs: 1_790_000_000_500 + at,
    pullStartedAtMs: 1_790_000_001_000 + at,
    pullStoppedAtMs: 1_790_000_002_000 + at,
    startedAtMs: 1_790_000_003_000 + at,
    taskCredentialsId: `${hex.slice(0, 8)}-1111-4000-8000-${hex.slice(0, 12)}`,
    executionCredentialsId: `${hex.slice(0, 8)}-2222-4000-8000-${hex.slice(0, 12)}`,
  };
}

function entry(at: number, modRevision: number, lastStatus?: TaskRecord['lastStatus']): Entry {
  const row = task(at, lastStatus);
  return {
    key: taskKey(scope, row.cluster, row.id),
    value: toBytes(JSON.stringify(row)),
    createRevision: 1 + Math.floor(at / 10),
    modRevision,
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Memory {
  readonly heap: number;
  readonly external: number;
}

async function memory(): Promise<Memory> {
  for (let round = 0; round < 5; round += 1) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, external };
}

/** Median and 99th percentile of `runs` timings, in microseconds. */
function latency(runs: number, work: (run: number) => void): string {
  const timings = new Float64Array(runs);
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    work(run);
    timings[run] = (performance.now() - start) * 1000;
  }
  timings.sort();
  const at = (share: number): string => (timings[Math.floor(runs * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} p99 ${at(0.99)} max ${(timings[runs - 1] ?? 0).toFixed(0)} us`;
}

async function benchView(rows: number): Promise<void> {
  const view = new View([tasks], { log: silentLog, freezeRows: false });
  const before = await memory();
  let loadedMs = 0;
  for (let from = 0; from < rows; from += 500) {
    const count = Math.min(500, rows - from);
    const page = Array.from({ length: count }, (_, at) => entry(from + at, 1 + Math.floor((from + at) / 10)));
    const started = performance.now();
    view.load(page);
    loadedMs += performance.now() - started;
  }
  view.revision = rows;
  const after = await memory();
  const table = view.table(tasks);
  const perRow = (bytes: number): string => (bytes / rows).toFixed(0);
  console.log(`view, ${rows} rows of ${entry(0, 1).value.length} bytes, ${Object.keys(tasks.indexes).length} indexes`);
  console.log(
    `  memory a row: heap ${perRow(after.heap - before.heap)} external ${perRow(after.external - before.external)} bytes;` +
      ` loaded in ${loadedMs.toFixed(0)} ms`,
  );
  const someKey = (run: number): string => entry((run * 7919) % rows, 1).key;
  const keys = Array.from({ length: 2_000 }, (_, run) => someKey(run));
  const home = `${scope.account}/${scope.region}/default`;
  // A full round first, so that the compiler's work is not measured.
  for (const key of keys) table.get(key);
  console.log(`  get: ${latency(2_000, (run) => table.get(keys[run] ?? ''))}`);
  const tokens = [''];
  const pageOf = (value: string, limit: number) => (run: number) => {
    const after = tokens[run % tokens.length];
    const page = table.page('clusterDesired', value, { limit, ...(after !== '' && after !== undefined && { after }) });
    if (page.next !== undefined && tokens.length < 500) tokens.push(page.next);
  };
  console.log(`  page of 10 of the cluster: ${latency(2_000, pageOf(`${home}/RUNNING`, 10))}`);
  console.log(`  page of 100 of the cluster: ${latency(500, pageOf(`${home}/RUNNING`, 100))}`);
  const ofService = (run: number): void => {
    for (const _key of table.keys('serviceDesired', `${home}/service-${run % servicesOfCluster}/RUNNING`)) break;
  };
  console.log(`  keys of a service: ${latency(1_000, ofService)}`);
  // Ten at a time, each change in three indexes; making the documents is not counted.
  const updates = 100_000;
  const states = ['STOPPING', 'RUNNING', 'PENDING'] as const;
  let applyingMs = 0;
  let longestMs = 0;
  for (let from = 0; from < updates; from += 10) {
    const events = Array.from({ length: 10 }, (_, at) => {
      const number = from + at;
      return { type: 'put' as const, entry: entry((number * 7919) % rows, rows + number, states[number % 3]) };
    });
    const started = performance.now();
    view.apply(events, rows + from);
    const tookMs = performance.now() - started;
    applyingMs += tookMs;
    longestMs = Math.max(longestMs, tookMs);
  }
  const { bytes, liveBytes } = view.rows.heap.usage();
  console.log(
    `  changes: ${((updates / applyingMs) * 1000).toFixed(0)}/s, the longest ten took ${longestMs.toFixed(1)} ms;` +
      ` garbage in the segments ${((1 - liveBytes / bytes) * 100).toFixed(1)} %`,
  );
  console.log(`  get after changes: ${latency(2_000, (run) => table.get(keys[run] ?? ''))}`);
}

/** Keeps `width` pieces of work under way until all items are done; seconds it took. */
async function closedLoop<Item>(
  width: number,
  items: readonly Item[],
  work: (item: Item, at: number) => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  const rest = items.entries();
  const client = async (): Promise<void> => {
    for (const [at, item] of rest) await work(item, at);
  };
  await Promise.all(Array.from({ length: width }, client));
  return (performance.now() - started) / 1000;
}

/** Appends synced one by one: what a disk can do for one writer that waits for each. */
function bareAppends(directory: string, count: number): number {
  const value = entry(0, 1).value;
  const file = openSync(join(directory, 'bare'), 'w', 0o600);
  const started = performance.now();
  for (let at = 0; at < count; at += 1) {
    writeSync(file, value);
    fdatasyncSync(file);
  }
  closeSync(file);
  return count / ((performance.now() - started) / 1000);
}

async function benchJournal(directory: string): Promise<void> {
  const store: Store = await openEmbeddedStore({ directory: join(directory, 'journal'), log: silentLog });
  const write = async ({ key, value }: Entry, modRevision: number): Promise<number> => {
    const result = await store.transact([{ key, modRevision }], [{ put: key, value }]);
    if (!result.ok) throw new Error(`${key} was refused`);
    return result.revision;
  };
  let made = 0;
  console.log(
    'journal: durable transactions of one task document, against bare appends each synced (median of 5 rounds)',
  );
  for (const [width, count] of [
    [1, 500],
    [256, 10_000],
  ] as const) {
    const results: { bare: number; create: number; update: number; cpu: number }[] = [];
    for (let round = 0; round < 5; round += 1) {
      const from = made;
      const created = Array.from({ length: count }, (_, at) => entry(from + at, 1));
      const updated = Array.from({ length: count }, (_, at) => entry(from + at, 1, 'STOPPING'));
      made += count;
      const revisions: number[] = [];
      const bare = bareAppends(directory, 500);
      const cpu = process.cpuUsage();
      const creating =
        count / (await closedLoop(width, created, async (one, at) => (revisions[at] = await write(one, 0))));
      const updating = count / (await closedLoop(width, updated, (one, at) => write(one, revisions[at] ?? 0)));
      const { user, system } = process.cpuUsage(cpu);
      results.push({ bare, create: creating, update: updating, cpu: (user + system) / (2 * count) });
    }
    const median = (of: (result: (typeof results)[number]) => number): number =>
      results.map(of).sort((a, b) => a - b)[2] ?? 0;
    console.log(
      `  ${width} at once: ${median((one) => one.create).toFixed(0)} creates/s (${median((one) => one.create / one.bare).toFixed(2)} of bare),` +
        ` ${median((one) => one.update).toFixed(0)} updates/s (${median((one) => one.update / one.bare).toFixed(2)} of bare);` +
        ` bare ${median((one) => one.bare).toFixed(0)}/s; ${median((one) => one.cpu).toFixed(0)} us CPU each`,
    );
  }
  await store.close();
}

async function benchRecovery(directory: string, rows: number): Promise<void> {
  const path = join(directory, 'recovery');
  const filling = await openEmbeddedStore({ directory: path, log: silentLog });
  await closedLoop(64, Array.from({ length: Math.ceil(rows / 100) }), (_, batch) => {
    const puts = Array.from({ length: 100 }, (_, at) => entry(batch * 100 + at, 1));
    return filling.transact(
      [],
      puts.map(({ key, value }) => ({ put: key, value })),
    );
  });
  await filling.close();
  const timings: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const started = performance.now();
    const store = await openEmbeddedStore({ directory: path, log: silentLog });
    const database = await openDatabase(store, [tasks], { log: silentLog });
    timings.push(performance.now() - started);
    if (database.table(tasks).size < rows) throw new Error(`only ${database.table(tasks).size} rows came back`);
    database.close();
    await store.close();
  }
  timings.sort((a, b) => a - b);
  console.log(
    `recovery of ${rows} tasks, open to readable: median ${timings[2]?.toFixed(0)} ms, worst ${timings[4]?.toFixed(0)} ms`,
  );
}

const argument = (name: string): string | undefined => process.argv[process.argv.indexOf(name) + 1];
const only = process.argv[2];
const wants = (name: string): boolean => only === undefined || only.startsWith('-') || only === name;
const rows = process.argv.includes('--rows') ? Number(argument('--rows')) : 100_000;
const directory = mkdtempSync(join(process.env['BENCH_DIR'] ?? process.cwd(), '.bench-store-'));
try {
  if (wants('view')) for (const size of new Set([1_000, rows])) await benchView(size);
  if (wants('journal')) await benchJournal(directory);
  if (wants('recovery')) await benchRecovery(directory, rows);
} finally {
  rmSync(directory, { recursive: true });
}
