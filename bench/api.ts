// API speed: requests a second and CPU a request, durable and signed, against a bare node:http server that verifies the signature and
// answers the same bytes; alternating slices in one run. Then p99 with few and with many tasks in state, of two servers in turn.
// The simulated agents and the load run in this process; CPU is that of the servers' own processes.
import { join } from 'node:path';
import { Connection } from './connection.ts';
import { load, median, percentile, type Slice } from './load.ts';
import { Installation, startNode, type Started } from './longshore-process.ts';
import { call, signedRequest, type Target } from './signed-request.ts';
import { SimulatedInstance } from './simulated-instance.ts';

const sliceMs = 2_000;
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const connections = 16;
const columns =
  '| operation | req/s | bare req/s | ratio | CPU µs/req | bare | ratio | p99 ms | failures |\n|---|---|---|---|---|---|---|---|---|';
const many = Number(process.env['BENCH_TASKS'] ?? 100_000);

const installation = new Installation();
const longshore = await installation.server();
/** Stays at 1,000 tasks while the other grows, so that both states can be asked in turn. */
const smallInstallation = new Installation();
const small = await smallInstallation.server();
const floor = await startNode(['--import', 'tsx', join(import.meta.dirname, 'floor-server.ts')], /listening (\d+)/);

const container = {
  name: 'web',
  image: 'longshore/web:1',
  memory: 64,
  cpu: 10,
  portMappings: [{ containerPort: 8080 }],
};
const definition = { family: 'bench', networkMode: 'bridge', containerDefinitions: [container] };
const cluster = 'bench';

async function setAnswer(operation: string, answer: Buffer): Promise<void> {
  const connection = await Connection.open(floor);
  await connection.send(
    Buffer.from(
      `PUT /answers/${operation} HTTP/1.1\r\nHost: x\r\nContent-Length: ${answer.length}\r\n\r\n${answer.toString()}`,
    ),
  );
  connection.close();
}

interface Measured {
  readonly name: string;
  readonly ours: readonly Slice[];
  readonly bare: readonly Slice[];
}

async function versus(name: string, inputs: readonly object[]): Promise<Measured> {
  const requests = (target: Target): Buffer[] => inputs.map((input) => signedRequest(target, name, input));
  const probe = await Connection.open(longshore);
  const answer = await probe.send(requests(longshore)[0] ?? Buffer.alloc(0));
  probe.close();
  if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${answer.body.toString()}`);
  await setAnswer(name, answer.body);
  const ours: Slice[] = [];
  const bare: Slice[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await load(longshore, requests(longshore), { connections, ms: sliceMs }));
    bare.push(await load(floor, requests(floor), { connections, ms: sliceMs }));
  }
  return { name, ours, bare };
}

function report({ name, ours, bare }: Measured): void {
  const perSecond = (slices: readonly Slice[]): number => median(slices.map((slice) => slice.requests / slice.seconds));
  const cpuMicros = (slices: readonly Slice[]): number =>
    median(slices.map((slice) => (slice.cpuSeconds / slice.requests) * 1e6));
  const failures = ours.reduce((sum, slice) => sum + slice.failures, 0);
  const p99 = median(ours.map((slice) => percentile(slice.latenciesMs, 0.99)));
  console.log(
    `| ${name} | ${perSecond(ours).toFixed(0)} | ${perSecond(bare).toFixed(0)} | **${(perSecond(ours) / perSecond(bare)).toFixed(2)}** | ${cpuMicros(ours).toFixed(0)} | ${cpuMicros(bare).toFixed(0)} | **${(cpuMicros(bare) / cpuMicros(ours)).toFixed(2)}** | ${p99.toFixed(1)} | ${failures} |`,
  );
}

async function runTasks(server: Started, total: number): Promise<string[]> {
  const arns: string[] = [];
  const workers = Array.from({ length: 8 }, async () => {
    while (arns.length < total) {
      const input = { cluster, taskDefinition: 'bench', count: 10, launchType: 'EC2' };
      const answer = await call(server, 'RunTask', input);
      if (answer.failures.length > 0) throw new Error(JSON.stringify(answer.failures[0]));
      arns.push(...answer.tasks.map((task: { taskArn: string }) => task.taskArn));
    }
  });
  await Promise.all(workers);
  return arns;
}

/** A cluster with a simulated instance and 1,000 tasks. */
async function prepared(server: Started): Promise<{ instance: SimulatedInstance; arns: string[] }> {
  await call(server, 'CreateCluster', { clusterName: cluster });
  await call(server, 'RegisterTaskDefinition', definition);
  const instance = await SimulatedInstance.join(server, cluster);
  return { instance, arns: await runTasks(server, 1_000) };
}

interface State {
  readonly server: Started;
  readonly arns: readonly string[];
}

/** Latency over one connection, the states asked in turn, so that what else the machine does meets both alike. */
async function asStateGrows(states: readonly State[]): Promise<void> {
  // Ten tasks from all over the state in each request, so that no cache holds them all when there are many.
  const cold = ({ arns }: State): object[] =>
    Array.from({ length: 1_000 }, (_, request) => ({
      cluster,
      tasks: Array.from({ length: 10 }, (__, index) => arns[((request * 10 + index) * 7_919) % arns.length]),
    }));
  for (const [name, inputsOf] of [
    ['DescribeTasks', cold],
    ['ListTasks', () => [{ cluster }]],
  ] as const) {
    const measured = states.map((state) => ({ state, slices: [] as Slice[] }));
    for (let round = 0; round < rounds; round++)
      for (const { state, slices } of measured) {
        const requests = inputsOf(state).map((input) => signedRequest(state.server, name, input));
        slices.push(await load(state.server, requests, { connections: 1, ms: sliceMs }));
      }
    for (const { state, slices } of measured) {
      const at = (part: number): string =>
        median(slices.map((slice) => percentile(slice.latenciesMs, part))).toFixed(2);
      console.log(`| ${name} | ${state.arns.length} | ${at(0.5)} | ${at(0.9)} | ${at(0.99)} |`);
    }
  }
}

try {
  const few = await prepared(small);
  const { instance, arns } = await prepared(longshore);
  console.log(
    `\n${rounds} rounds of ${sliceMs} ms slices, alternating, ${connections} connections, about 1,000 tasks in state\n`,
  );
  console.log(columns);
  const describeFew = Array.from({ length: 50 }, (_, index) => ({
    cluster,
    tasks: arns.slice(index * 10, index * 10 + 10),
  }));
  report(await versus('DescribeTasks', describeFew));
  report(await versus('ListTasks', [{ cluster }]));
  report(
    await versus(
      'RegisterTaskDefinition',
      Array.from({ length: 100 }, (_, index) => ({ ...definition, family: `bench-${index}` })),
    ),
  );
  const started = performance.now();
  const later = many > arns.length ? await runTasks(longshore, many - arns.length) : [];
  console.log(`\n(${later.length} tasks started in ${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
  console.log('p99 as the state grows (ms, median of the rounds)\n');
  console.log('| operation | tasks in state | p50 | p90 | p99 |\n|---|---|---|---|---|');
  await asStateGrows([
    { server: small, arns: few.arns },
    { server: longshore, arns: [...arns, ...later] },
  ]);
  console.log(`\nRunTask, ${rounds} rounds as above: each request writes ten tasks, durably\n\n${columns}`);
  report(await versus('RunTask', [{ cluster, taskDefinition: 'bench', count: 10, launchType: 'EC2' }]));
  instance.leave();
  few.instance.leave();
} finally {
  await installation.remove();
  await smallInstallation.remove();
  await floor.stop();
}
process.exit(0);
