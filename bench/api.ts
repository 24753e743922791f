// API speed: requests a second and CPU a request, durable and signed, against a bare node:http server that verifies the signature and
// answers the same bytes; alternating slices in one run. Then p99 with few and with many tasks in state.
import { join } from 'node:path';
import { Connection } from './connection.ts';
import { load, median, percentile, type Slice } from './load.ts';
import { Installation, startNode } from './longshore-process.ts';
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

async function runTasks(total: number): Promise<string[]> {
  const arns: string[] = [];
  const workers = Array.from({ length: 8 }, async () => {
    while (arns.length < total) {
      const answer = await call(longshore, 'RunTask', {
        cluster,
        taskDefinition: 'bench',
        count: 10,
        launchType: 'EC2',
      });
      if (answer.failures.length > 0) throw new Error(JSON.stringify(answer.failures[0]));
      arns.push(...answer.tasks.map((task: { taskArn: string }) => task.taskArn));
    }
  });
  await Promise.all(workers);
  return arns;
}

try {
  await call(longshore, 'CreateCluster', { clusterName: cluster });
  await call(longshore, 'RegisterTaskDefinition', definition);
  const instance = await SimulatedInstance.join(longshore, cluster);
  const first = await runTasks(1_000);
  console.log(
    `\n${rounds} rounds of ${sliceMs} ms slices, alternating, ${connections} connections, about 1,000 tasks in state\n`,
  );
  console.log(columns);
  const describeFew = await versus(
    'DescribeTasks',
    Array.from({ length: 50 }, (_, index) => ({ cluster, tasks: first.slice(index * 10, index * 10 + 10) })),
  );
  report(describeFew);
  report(await versus('ListTasks', [{ cluster }]));
  report(
    await versus(
      'RegisterTaskDefinition',
      Array.from({ length: 100 }, (_, index) => ({ ...definition, family: `bench-${index}` })),
    ),
  );
  console.log(
    '\np99 as the state grows (ms, median of the rounds)\n\n| operation | tasks in state | p50 | p99 |\n|---|---|---|---|',
  );
  const p = async (tasks: number, arns: readonly string[]): Promise<void> => {
    // Ten tasks from all over the state in each request, so that no cache holds them all when there are many.
    const spread = Array.from({ length: 1_000 }, (_, request) =>
      Array.from({ length: 10 }, (_, index) => arns[((request * 10 + index) * 7_919) % arns.length]),
    );
    for (const [name, inputs] of [
      ['DescribeTasks', spread.map((some) => ({ cluster, tasks: some }))],
      ['ListTasks', [{ cluster }]],
    ] as const) {
      const requests = inputs.map((input) => signedRequest(longshore, name, input));
      const slices: Slice[] = [];
      for (let round = 0; round < rounds; round++)
        slices.push(await load(longshore, requests, { connections: 1, ms: sliceMs }));
      const at = (part: number): string =>
        median(slices.map((slice) => percentile(slice.latenciesMs, part))).toFixed(2);
      console.log(`| ${name} | ${tasks} | ${at(0.5)} | ${at(0.99)} |`);
    }
  };
  await p(instance.tasks, first);
  const before = instance.tasks;
  const started = performance.now();
  const later = many > before ? await runTasks(many - before) : [];
  console.log(`\n(${many - before} tasks started in ${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
  await p(instance.tasks, [...first, ...later]);
  console.log(`\nRunTask, ${rounds} rounds as above: each request writes ten tasks, durably\n\n${columns}`);
  report(await versus('RunTask', [{ cluster, taskDefinition: 'bench', count: 10, launchType: 'EC2' }]));
  instance.leave();
} finally {
  await installation.remove();
  await floor.stop();
}
process.exit(0);
