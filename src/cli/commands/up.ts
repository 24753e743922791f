import { rmSync } from 'node:fs';
import { places, startAllInOne } from '../../main/index.ts';
import { lineLog, randomIds, systemClock, writePrivateFile } from '../../platform/index.ts';
import type { Command } from '../command.ts';
import { engineAddress } from '../engine-address.ts';
import { dataDirectory, engine, host, logLevel, port, store } from '../common-options.ts';
import { dataDirectoryOf, logLevelOf, requireEmbeddedStore } from '../read-common.ts';
import { untilToldToStop } from '../until-told-to-stop.ts';

/** `longshore up`: everything on this machine. */
export const up: Command = {
  name: 'up',
  summary: 'run everything on this machine, in the foreground',
  about:
    'Runs the control plane and an agent that is its FARGATE capacity. Prints "longshore ready URL" when every part answers.\nSIGTERM or Ctrl-C stops them and leaves the containers running; started again on the same data directory it finds them.',
  options: [port, host, dataDirectory, engine, store, logLevel],
  async run(settings, context) {
    requireEmbeddedStore(settings);
    const directory = dataDirectoryOf(settings, context.environment);
    const log = lineLog(logLevelOf(settings), process.stderr);
    const running = await startAllInOne({
      host: settings.require('host'),
      port: settings.integer('port', 0, 65_535),
      dataDirectory: directory,
      engine: await engineAddress(settings.get('engine'), {
        environment: context.environment,
        engineDirectory: places.engine(directory),
      }),
      logLevel: settings.require('log-level'),
      clock: systemClock,
      ids: randomIds,
      log,
    });
    writePrivateFile(places.process(directory), `${process.pid}\n`);
    context.print(`longshore ready ${running.url}`);
    await untilToldToStop();
    await running.stop();
    rmSync(places.process(directory), { force: true });
    return 0;
  },
};
