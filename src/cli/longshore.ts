import { readFileSync } from 'node:fs';
import { InvalidArgument, LongshoreError, messageOf } from '../kernel/index.ts';
import type { Command, CommandContext } from './command.ts';
import { agent } from './commands/agent.ts';
import { balancer } from './commands/balancer.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { down } from './commands/down.ts';
import { env } from './commands/env.ts';
import { explain } from './commands/explain.ts';
import { iam } from './commands/iam.ts';
import { image } from './commands/image.ts';
import { registry } from './commands/registry.ts';
import { resolve } from './commands/resolve.ts';
import { rotateKey } from './commands/rotate-key.ts';
import { server } from './commands/server.ts';
import { up } from './commands/up.ts';
import { details, overview } from './help.ts';
import { readSettings } from './options.ts';

const commands: readonly Command[] = [
  up,
  demo,
  doctor,
  down,
  server,
  agent,
  balancer,
  resolve,
  iam,
  explain,
  registry,
  env,
  image,
  rotateKey,
];

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** @throws InvalidArgument when the command has forms and no word says which */
function argumentsOf(
  { name, forms, arguments: only }: Command,
  args: readonly string[],
): readonly string[] | undefined {
  if (forms === undefined) return only;
  const form = forms.find(([word = '']) => args.includes(word));
  if (form !== undefined) return form;
  const known = forms.map(([word = '']) => `'${name} ${word}'`).join(' and ');
  throw new InvalidArgument(`there is no '${name} ${args[0] ?? ''}'; there is ${known}`);
}

const context: CommandContext = {
  environment: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  say: (line) => process.stderr.write(`${line}\n`),
};

/** Runs the command that the arguments name. @returns the exit code: 2 for wrong usage */
async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args[0] === 'help' && args[1] !== undefined ? [args[1], '--help'] : args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    context.print(overview(commands));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === 'version') {
    context.print(version());
    return 0;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) throw new InvalidArgument(`there is no command '${name}'; see longshore --help`);
  if (rest.includes('--help') || rest.includes('-h')) {
    context.print(details(command));
    return 0;
  }
  return command.run(readSettings(command.options, rest, context.environment, argumentsOf(command, rest)), context);
}

// Whoever read our output may have seen enough (`| head`): no reason to leave work half done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  context.say(
    `longshore: ${error instanceof LongshoreError ? error.message : error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`,
  );
  process.exitCode = error instanceof InvalidArgument ? 2 : 1;
}
// What is still planned, such as the clean-up of a task in three hours, must not keep a process alive whose work is done. Nothing printed is
// lost: writes to files, terminals and pipes are synchronous on Linux and macOS.
process.exit();
