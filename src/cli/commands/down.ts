import { messageOf } from '../../kernel/index.ts';
import {
  agentNames,
  endProcess,
  holdingProcess,
  isInstallation,
  places,
  removeEverything,
  startAllInOne,
} from '../../main/index.ts';
import { engineSocket, lineLog, pingEngine, randomIds, stopDockerd, systemClock } from '../../platform/index.ts';
import type { Command, CommandContext } from '../command.ts';
import { dataDirectory, engine, logLevel } from '../common-options.ts';
import { noEngine, searchEngine } from '../engine-address.ts';
import { dataDirectoryOf, logLevelOf } from '../read-common.ts';
import { endOnFailure } from '../serving.ts';
import { stopTasks } from '../stop-tasks.ts';
import { within } from '../within.ts';

const processEndsWithinMs = 30_000;
const agentReadyWithinMs = 60_000;

interface DownOptions {
  readonly directory: string;
  readonly engine: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
}

/** `longshore down`: the end of everything an installation made on this machine but its data. */
export const down: Command = {
  name: 'down',
  summary: 'stop every task and remove what Longshore made on this machine',
  about:
    'Stops a running longshore up of the data directory, stops every task, and removes its containers, task volumes and task networks.\nThe data directory stays: a later longshore up shows the tasks STOPPED. An engine that Longshore itself started stays too, unless --engine-too is given.',
  options: [
    dataDirectory,
    engine,
    { name: 'engine-too', about: 'stop the container engine that Longshore started, if it did' },
    { ...logLevel, fallback: 'error' },
  ],
  async run(settings, context) {
    const { environment, say } = context;
    const directory = dataDirectoryOf(settings, environment);
    if (!isInstallation(directory)) {
      say(`nothing to take down: there is no installation in ${directory}`);
      return endEngine(directory, settings.flag('engine-too'), context);
    }
    await stopHolder(directory, context);
    if (agentNames(directory).length > 0) {
      const question = { named: settings.get('engine'), environment, engineDirectory: places.engine(directory) };
      const { found, reasons } = await searchEngine(question);
      if (found === undefined) {
        say(`longshore: tasks cannot be stopped, because ${noEngine(reasons)}, then longshore down again`);
        return 1;
      }
      const options = { directory, engine: found.address, level: logLevelOf(settings) };
      await stopEveryTask(options, context);
      await remove(options, context);
    }
    say('down.');
    return endEngine(directory, settings.flag('engine-too'), context);
  },
};

async function stopHolder(directory: string, { say }: CommandContext): Promise<void> {
  const holder = holdingProcess(directory);
  if (holder === undefined) return;
  say(`stopping the running longshore (process ${holder.pid}, ${holder.url}) ...`);
  await endProcess(holder, processEndsWithinMs);
}

/** Only a control plane and its agent can stop tasks the way that tells why, so both run once more, on a port of their own. */
async function stopEveryTask({ directory, engine, level }: DownOptions, context: CommandContext): Promise<void> {
  const log = lineLog(level, process.stderr);
  const running = await startAllInOne({
    host: '127.0.0.1',
    port: 0,
    dataDirectory: directory,
    loadBalancerPorts: 0,
    dataPlane: 'node',
    engine: () => Promise.resolve(engine),
    logLevel: level,
    clock: systemClock,
    ids: randomIds,
    log,
    onFailure: endOnFailure(log),
  });
  try {
    if (running.tasks.liveTasks() === 0) return;
    await within(running.ready, agentReadyWithinMs, 'the agent was not ready');
    await stopTasks(running.tasks, 'Stopped by longshore down', context);
  } catch (error) {
    context.say(`longshore: ${messageOf(error)}; the containers are removed anyway`);
  } finally {
    await running.stop();
  }
}

async function remove({ directory, engine, level }: DownOptions, { say }: CommandContext): Promise<void> {
  say('removing containers, volumes and networks ...');
  const { containers, volumes, networks } = await removeEverything({
    dataDirectory: directory,
    engine,
    clock: systemClock,
    log: lineLog(level, process.stderr),
  });
  say(`removed ${containers} containers, ${volumes} task volumes, the networks of ${networks} agents`);
}

async function endEngine(directory: string, wanted: boolean, { say }: CommandContext): Promise<number> {
  const folder = places.engine(directory);
  if (wanted) {
    say((await stopDockerd(folder)) ? 'the engine that Longshore started has stopped' : 'no engine of Longshore runs');
    return 0;
  }
  const runs = await pingEngine(`unix://${engineSocket(folder)}`).then(
    () => true,
    () => false,
  );
  if (runs) say('the container engine that Longshore started runs on; longshore down --engine-too stops it');
  return 0;
}
