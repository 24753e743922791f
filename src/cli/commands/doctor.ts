import { resolve } from 'node:path';
import { LongshoreError, messageOf } from '../../kernel/index.ts';
import { places } from '../../main/index.ts';
import { setUpEngine } from '../../platform/index.ts';
import type { Command } from '../command.ts';
import { dataDirectory, engine, port } from '../common-options.ts';
import { checkMachine } from '../doctor/checks.ts';
import { findingLine, isComplete } from '../doctor/finding.ts';
import { engineEnvironment, noEngine, searchEngine } from '../engine-address.ts';
import { dataDirectoryOf } from '../read-common.ts';

/** `longshore doctor`: what this machine lacks, and how to get it. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'say what is missing on this machine and how to get it',
  about:
    'Prints a line a thing: "ok …" or "missing …: run …"; the exit code is 0 when all that is needed is there.\n--fix installs and starts a container engine where none answers: by the system where it can, else a dockerd under the data directory.',
  options: [
    { name: 'fix', about: 'install and start a container engine where none answers' },
    { name: 'print-engine', about: "print only the engine's address on stdout; the lines go to stderr" },
    port,
    dataDirectory,
    engine,
  ],
  async run(settings, context) {
    const { environment, say, print } = context;
    const directory = resolve(dataDirectoryOf(settings, environment));
    const question = { named: settings.get('engine'), environment, engineDirectory: places.engine(directory) };
    if (settings.flag('fix')) {
      try {
        await setUpEngine({ env: engineEnvironment(question), engineDir: question.engineDirectory, onProgress: say });
      } catch (error) {
        if (!(error instanceof LongshoreError)) throw error;
        say(`longshore: ${messageOf(error)}`); // the lines below still tell what else is there
      }
    }
    const search = await searchEngine(question);
    const onlyEngine = settings.flag('print-engine');
    const findings = await checkMachine({ directory, port: settings.integer('port', 1, 65_535), engine: search });
    for (const finding of findings) (onlyEngine ? say : print)(findingLine(finding));
    if (!onlyEngine) return isComplete(findings) ? 0 : 1;
    if (search.found === undefined) {
      say(`longshore: ${noEngine(search.reasons)}`);
      return 1;
    }
    print(search.found.address);
    return 0;
  },
};
