import { messageOf } from '../../kernel/index.ts';
import {
  agentNames,
  endProcess,
  holdingProcess,
  latestHolder,
  isInstallation,
  places,
  portOf,
  removeEverything,
  startAllInOne,
  type AllInOne,
  type HoldingProcess,
  type TransportChoice,
} from '../../main/index.ts';
import { engineSocket, lineLog, pingEngine, randomIds, stopDockerd, systemClock } from '../../platform/index.ts';
import type { Command, CommandContext } from '../command.ts';
import { dataDirectory, ebsDirectory, engine, logLevel } from '../common-options.ts';
import { noEngine, searchEngine } from '../engine-address.ts';
import type { Settings } from '../options.ts';
import { dataDirectoryOf, ebsDirectoryOf, logLevelOf } from '../read-common.ts';
import { endOnFailure } from '../serving.ts';
import { stopTasks } from '../stop-tasks.ts';
import { within } from '../within.ts';

const processEndsWithinMs = 30_000;
const agentReadyWithinMs = 60_000;

/** Where a control plane listens; port 0: anywhere. */
interface Address {
  readonly host: string;
  readonly port: number;
  readonly transport?: TransportChoice;
}

const anywhere: Address = { host: '127.0.0.1', port: 0 };

interface DownOptions {
  readonly directory: string;
  readonly ebsDirectory: string | undefined;
  readonly address: Address;
  readonly engine: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
}

/** `longshore down`: the end of everything an installation made on this machine but its data. */
export const down: Command = {
  name: 'down',
  summary: 'stop every task and remove what Longshore made on this machine',
  about:
    'Stops a running longshore up of the data directory, stops every task, ends the agents of the data directory, and removes their containers, task volumes, devices of EBS volumes and task networks.\nTasks of agents elsewhere are stopped if the agent is there within 15 s; else they run on until it connects to a longshore up.\nOn a machine that only joined an installation elsewhere it removes what its agents made, and the control plane learns that their tasks are gone.\nThe data directory stays: a later longshore up shows the tasks STOPPED. An engine that Longshore itself started stays too, unless --engine-too is given.',
  options: [
    dataDirectory,
    ebsDirectory,
    engine,
    { name: 'engine-too', about: 'stop the container engine that Longshore started, if it did' },
    { ...logLevel, fallback: 'error' },
  ],
  async run(settings, context) {
    const { environment, say } = context;
    const directory = dataDirectoryOf(settings, environment);
    if (!isInstallation(directory) && agentNames(directory).length > 0) return endMachine(directory, settings, context);
    if (!isInstallation(directory)) {
      say(`nothing to take down: there is no installation in ${directory}`);
      return endEngine(directory, settings.flag('engine-too'), context);
    }
    const address = addressOf(latestHolder(directory));
    await stopHolder(directory, context);
    if (agentNames(directory).length > 0) {
      const question = { named: settings.get('engine'), environment, engineDirectory: places.engine(directory) };
      const { found, reasons } = await searchEngine(question);
      if (found === undefined) {
        say(`longshore: tasks cannot be stopped, because ${noEngine(reasons)}, then longshore down again`);
        return 1;
      }
      const options = {
        directory,
        ebsDirectory: ebsDirectoryOf(settings),
        address,
        engine: found.address,
        level: logLevelOf(settings),
      };
      await stopEveryTask(options, context);
      await stopAgents(directory, context);
      await remove(options, context);
    }
    say('down.');
    return endEngine(directory, settings.flag('engine-too'), context);
  },
};

/** Of a machine that joined an installation elsewhere: the control plane there learns that its tasks are gone. */
async function endMachine(directory: string, settings: Settings, context: CommandContext): Promise<number> {
  const question = {
    named: settings.get('engine'),
    environment: context.environment,
    engineDirectory: places.engine(directory),
  };
  const { found, reasons } = await searchEngine(question);
  if (found === undefined) {
    context.say(`longshore: containers cannot be removed, because ${noEngine(reasons)}, then longshore down again`);
    return 1;
  }
  await stopAgents(directory, context);
  await remove(
    {
      directory,
      ebsDirectory: ebsDirectoryOf(settings),
      address: anywhere,
      engine: found.address,
      level: logLevelOf(settings),
    },
    context,
  );
  context.say('down.');
  return endEngine(directory, settings.flag('engine-too'), context);
}

async function stopHolder(directory: string, { say }: CommandContext): Promise<void> {
  const holder = holdingProcess(directory);
  if (holder === undefined) return;
  say(`stopping the running longshore (process ${holder.pid}, ${holder.url}) ...`);
  await endProcess(holder, processEndsWithinMs);
}

function addressOf(holder: HoldingProcess | undefined): Address {
  if (holder === undefined || !URL.canParse(holder.url)) return anywhere;
  const url = new URL(holder.url);
  const { transport } = holder;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: portOf(url),
    ...(transport === undefined ? {} : { transport }),
  };
}

/** Agents that a user started on this data directory: what they made cannot be removed while they make more. */
async function stopAgents(directory: string, { say }: CommandContext): Promise<void> {
  for (const name of agentNames(directory)) {
    const holder = holdingProcess(places.agent(directory, name));
    if (holder === undefined) continue;
    say(`stopping the agent ${name} (process ${holder.pid}) ...`);
    await endProcess(holder, processEndsWithinMs);
  }
}

/**
 * Only a control plane and its agents can stop tasks the way that tells why, so it runs once more with an agent of its own; where it ran
 * before, if that is free, for other agents look for it there.
 */
async function stopEveryTask(options: DownOptions, context: CommandContext): Promise<void> {
  let startAgent: () => void = () => undefined;
  const agentWanted = new Promise<string>((resolve) => {
    startAgent = () => resolve(options.engine);
  });
  const running = await start(options, options.address, agentWanted).catch((error: unknown) => {
    if (options.address === anywhere) throw error;
    return start(options, anywhere, agentWanted);
  });
  try {
    if (running.tasks.liveTasks() === 0) return;
    startAgent();
    await within(running.ready, agentReadyWithinMs, 'the agent was not ready');
    await stopTasks(running.tasks, 'Stopped by longshore down', context);
  } catch (error) {
    context.say(`longshore: ${messageOf(error)}; the containers are removed anyway`);
  } finally {
    await running.stop();
  }
}

/** No balancer: nothing is to be served any more. */
async function start(
  { directory, ebsDirectory: disks, level }: DownOptions,
  address: Address,
  engine: Promise<string>,
): Promise<AllInOne> {
  const log = lineLog(level, process.stderr);
  return startAllInOne({
    ...address,
    dataDirectory: directory,
    ebsDirectory: disks,
    engine: () => engine,
    logLevel: level,
    clock: systemClock,
    ids: randomIds,
    log,
    onFailure: endOnFailure(log),
  });
}

async function remove(
  { directory, ebsDirectory: disks, engine, level }: DownOptions,
  { say }: CommandContext,
): Promise<void> {
  say('removing containers, volumes and networks ...');
  const { containers, volumes, networks } = await removeEverything({
    dataDirectory: directory,
    ebsDirectory: disks,
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
