import { messageOf, type Log } from '../../kernel/index.ts';
import { loadLocalImage, places, removeEverything, startAllInOne, type AllInOne } from '../../main/index.ts';
import { lineLog, randomIds, setUpEngine, systemClock } from '../../platform/index.ts';
import { AwsClient } from '../aws-client.ts';
import type { Command, CommandContext } from '../command.ts';
import { dataDirectory, engine, logLevel, port, region } from '../common-options.ts';
import { whoAnswers } from '../who-answers.ts';
import {
  containerPort,
  demoCluster,
  fetchPage,
  logLines,
  runDemoTask,
  stopDemoTask,
  type DemoTask,
} from '../demo/run-task.ts';
import { engineEnvironment } from '../engine-address.ts';
import type { Settings } from '../options.ts';
import { dataDirectoryOf, logLevelOf } from '../read-common.ts';
import { endOnFailure } from '../serving.ts';
import { untilToldToStop } from '../until-told-to-stop.ts';
import { within } from '../within.ts';

const readyWithinMs = 60_000;
const taskStopsWithinMs = 60_000;
const shownLogLines = 5;

/** `longshore demo`: from nothing to a task that answers. */
export const demo: Command = {
  name: 'demo',
  summary: 'set up what is missing and run a first task, showing where to look',
  about:
    'Installs and starts a container engine where none answers and it may, builds an image from what is on this machine, starts Longshore (or uses the\none that answers), runs examples/web-taskdef.json on FARGATE, and shows its page, its logs and the aws commands to go on with. Ctrl-C ends it and\nstops what it started; so does --once, or output to something else than a terminal, right after the walk.',
  options: [
    { name: 'once', about: 'end after the walk instead of waiting for Ctrl-C' },
    port,
    dataDirectory,
    engine,
    region,
    { ...logLevel, fallback: 'error' },
  ],
  async run(settings, context) {
    const told = untilToldToStop();
    const directory = dataDirectoryOf(settings, context.environment);
    const address = await prepareEngine(settings, directory, context);
    const longshore = await findOrStart(settings, { directory, engine: address }, context);
    const stopped = told.then(() => 'told' as const);
    let task: DemoTask | undefined;
    const client = new AwsClient({
      endpoint: longshore.url,
      region: settings.require('region'),
      accessKeyId: 'test',
      secretAccessKey: 'test',
    });
    const walk = async (): Promise<'walked'> => {
      await longshore.ready;
      task = await runDemoTask(client, context.say);
      await show(client, task, longshore.url, context);
      return 'walked';
    };
    try {
      const outcome = await Promise.race([walk(), stopped]);
      const stays = process.stdout.isTTY && !settings.flag('once');
      if (outcome === 'walked' && stays) {
        context.say('\nCtrl-C ends the demo and stops what it started.');
        await told;
      }
      return 0;
    } finally {
      if (task !== undefined) await stopTask(client, task, context);
      await longshore.end();
    }
  },
};

async function prepareEngine(settings: Settings, directory: string, context: CommandContext): Promise<string> {
  const { environment, say } = context;
  const env = engineEnvironment({ named: settings.get('engine'), environment });
  const found = await setUpEngine({ env, engineDir: places.engine(directory), onProgress: say });
  say(`container engine at ${found.address}`);
  const { reference } = await loadLocalImage(found.address);
  say(`image ${reference}, built from what is on this machine`);
  return found.address;
}

interface FoundOrStarted {
  readonly url: string;
  readonly ready: Promise<void>;
  /** Stops what was started here, if anything. */
  end(): Promise<void>;
}

async function findOrStart(
  settings: Settings,
  where: { readonly directory: string; readonly engine: string },
  context: CommandContext,
): Promise<FoundOrStarted> {
  const wanted = settings.integer('port', 1, 65_535);
  const url = `http://127.0.0.1:${wanted}`;
  const answering = await whoAnswers(url);
  if (answering === 'longshore') {
    context.say(`using the Longshore that answers at ${url}`);
    return { url, ready: Promise.resolve(), end: () => Promise.resolve() };
  }
  if (answering === 'other') context.say(`port ${wanted} is in use by something else, taking a free one`);
  const log = lineLog(logLevelOf(settings), process.stderr);
  const running = await startAllInOne({
    host: '127.0.0.1',
    port: answering === 'other' ? 0 : wanted,
    dataDirectory: where.directory,
    loadBalancerPorts: 0,
    dataPlane: 'node',
    engine: () => Promise.resolve(where.engine),
    logLevel: settings.require('log-level'),
    clock: systemClock,
    ids: randomIds,
    log,
    onFailure: endOnFailure(log),
  });
  context.say(`longshore at ${running.url}, data in ${where.directory}`);
  return {
    url: running.url,
    ready: within(running.ready, readyWithinMs, 'the agent was not ready'),
    end: () => end(running, { ...where, log }, context),
  };
}

/** Like `longshore down`, but tasks that were there before the demo stay. */
async function end(
  running: AllInOne,
  where: { readonly directory: string; readonly engine: string; readonly log: Log },
  { say }: CommandContext,
): Promise<void> {
  const others = running.tasks.liveTasks();
  await running.stop();
  if (others > 0) {
    say(`${others} tasks of before run on; longshore up finds them again, longshore down stops them`);
    return;
  }
  const { containers } = await removeEverything({
    dataDirectory: where.directory,
    engine: where.engine,
    clock: systemClock,
    log: where.log,
  });
  say(`stopped, and removed ${containers} containers`);
}

async function stopTask(client: AwsClient, task: DemoTask, { say }: CommandContext): Promise<void> {
  try {
    await stopDemoTask(client, task.arn, taskStopsWithinMs);
    say('the task has stopped');
  } catch (error) {
    say(`longshore: ${messageOf(error)}`);
  }
}

async function show(
  client: AwsClient,
  task: DemoTask,
  url: string,
  { print, say, environment }: CommandContext,
): Promise<void> {
  const page = `http://${task.address}:${containerPort}/`;
  say(`GET ${page}`);
  print((await fetchPage(task.address)).trimEnd());
  say(`its log, ${task.logGroup}:`);
  for (const line of (await logLines(client, task)).slice(0, shownLogLines)) print(`  ${line.trimEnd()}`);
  const endpoint = url.endsWith(':4566') ? '' : ` --port ${new URL(url).port}`;
  for (const line of [
    '',
    'Look for yourself, in another terminal:',
    `  eval "$(${environment['LONGSHORE_COMMAND'] ?? 'longshore'} env${endpoint})"`,
    `  curl ${page}`,
    `  aws ecs list-tasks --cluster ${demoCluster}`,
    `  aws ecs describe-tasks --cluster ${demoCluster} --tasks ${task.arn}`,
    `  aws logs tail ${task.logGroup}`,
    `  aws ecs stop-task --cluster ${demoCluster} --task ${task.arn}`,
  ])
    print(line);
}
