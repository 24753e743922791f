/**
 * What an idle `longshore up` takes: resident memory and CPU of the server, the agent and the balancer, with nothing running and with 50 tasks,
 * beside a bare node:http process in the same run. Needs an engine (LONGSHORE_ENGINE) and the image longshore/web:1 (longshore image).
 * Run: npx tsx bench/idle.ts
 */
import { readFileSync } from 'node:fs';
import { openEngine } from './engine.ts';
import { cpuSeconds, residentMiB } from './load.ts';
import { Installation, startNode } from './longshore-process.ts';
import { defaultSubnets } from './query-request.ts';
import { call, type Target } from './signed-request.ts';

const watchMs = Number(process.env['BENCH_IDLE_MS'] ?? 20_000);
const settleMs = 10_000;
const taskCount = 50;
const cluster = 'bench';
const bareServer =
  "require('node:http').createServer((q,s)=>s.end()).listen(0,'127.0.0.1',function(){console.log('listening '+this.address().port)})";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The process that one started itself with this command. */
function childOf(pid: number, command: string): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const child = children.find((one) => readFileSync(`/proc/${one}/cmdline`, 'utf8').split('\0').includes(command));
  if (child === undefined) throw new Error(`longshore up started no ${command} process`);
  return Number(child);
}

async function watch(state: string, processes: Readonly<Record<string, number>>): Promise<void> {
  await sleep(settleMs);
  const before = Object.values(processes).map(cpuSeconds);
  await sleep(watchMs);
  Object.entries(processes).forEach(([name, pid], index) => {
    const percent = ((cpuSeconds(pid) - (before[index] ?? 0)) / (watchMs / 1000)) * 100;
    console.log(`| ${state} | ${name} | ${residentMiB(pid).toFixed(0)} | ${percent.toFixed(2)} |`);
  });
}

async function runTasks(target: Target): Promise<string[]> {
  await call(target, 'CreateCluster', { clusterName: cluster });
  await call(target, 'RegisterTaskDefinition', {
    family: 'idle',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [
      { name: 'app', image: 'longshore/web:1', command: ['sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'] },
    ],
  });
  const networkConfiguration = { awsvpcConfiguration: { subnets: await defaultSubnets(target) } };
  const arns: string[] = [];
  while (arns.length < taskCount) {
    const answer = await call(target, 'RunTask', {
      cluster,
      taskDefinition: 'idle',
      launchType: 'FARGATE',
      count: 10,
      networkConfiguration,
    });
    arns.push(...answer.tasks.map((task: { taskArn: string }) => task.taskArn));
  }
  return arns;
}

/** Waits until all tasks show a status. */
async function reached(target: Target, tasks: readonly string[], status: string): Promise<void> {
  for (let waited = 0; waited < 120; waited++) {
    const answer = await call(target, 'DescribeTasks', { cluster, tasks });
    if (answer.tasks.every((task: { lastStatus: string }) => task.lastStatus === status)) return;
    await sleep(1_000);
  }
  throw new Error(`not all of ${tasks.length} tasks became ${status} in two minutes`);
}

const { address, runtime } = await openEngine();
const installation = new Installation(address);
const bare = await startNode(['-e', bareServer], /listening (\d+)/);
try {
  const up = await installation.up();
  const processes = {
    server: up.pid,
    agent: childOf(up.pid, 'agent'),
    balancer: childOf(up.pid, 'balancer'),
    'bare node:http': bare.pid,
  };
  console.log(`${settleMs / 1000} s to settle, then ${watchMs / 1000} s watched\n`);
  console.log('| running | process | resident MiB | % of a core |\n|---|---|---|---|');
  await watch('nothing', processes);
  const tasks = await runTasks(up);
  await reached(up, tasks, 'RUNNING');
  await watch(`${taskCount} FARGATE tasks`, processes);
  for (const task of tasks) await call(up, 'StopTask', { cluster, task });
  await reached(up, tasks, 'STOPPED');
} finally {
  await bare.stop();
  await installation.remove(runtime);
  runtime.close();
}
process.exit(0);
