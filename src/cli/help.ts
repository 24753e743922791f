import type { Command } from './command.ts';
import type { Option } from './options.ts';

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join('\n');
}

function describe(option: Option): string {
  const notes = [
    ...(option.fallback === undefined ? [] : [`default ${option.fallback}`]),
    ...(option.environment === undefined ? [] : [option.environment]),
  ];
  return notes.length === 0 ? option.about : `${option.about} (${notes.join(', ')})`;
}

export function overview(commands: readonly Command[]): string {
  return `longshore: Amazon ECS that anyone can run

usage: longshore COMMAND [options]

${columns(commands.map(({ name, summary }) => [name, summary]))}

First steps:
  longshore up                       in one terminal; wait for "longshore ready"
  eval "$(longshore env)"            in another: points the aws CLI here
  aws ecs create-cluster             and so on, as on AWS

longshore COMMAND --help tells more of each.`;
}

export function details(command: Command): string {
  const options = command.options.map((option): readonly [string, string] => [
    option.value === undefined ? `--${option.name}` : `--${option.name} ${option.value}`,
    describe(option),
  ]);
  const list = options.length === 0 ? '' : `\n\n${columns(options)}`;
  const variables = command.variables === undefined ? '' : `\n\nEnvironment:\n${columns(command.variables)}`;
  const usage = (command.forms ?? [command.arguments ?? []])
    .map((names) => `usage: longshore ${[command.name, ...names].join(' ')}${options.length === 0 ? '' : ' [options]'}`)
    .join('\n');
  return `${usage}\n\n${command.about}${list}${variables}`;
}
