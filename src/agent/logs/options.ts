import type { PayloadTask } from '../../agent-protocol/index.ts';

/** How one container's output goes to CloudWatch Logs. https://docs.docker.com/engine/logging/drivers/awslogs/ */
export interface AwsLogsOptions {
  readonly group: string;
  readonly stream: string;
  readonly region: string;
  readonly createGroup: boolean;
  /** A line that matches begins a new event; absent: every line is an event. */
  readonly eventStart?: RegExp;
  readonly blocking: boolean;
  /** Of the ring in non-blocking mode. */
  readonly maxBufferBytes: number;
}

export interface LogConfig {
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The log options cannot be used; the text is shown to the user as the engine would say it. */
export class BadLogOptions extends Error {}

const known = new Set([
  'awslogs-group',
  'awslogs-region',
  'awslogs-stream',
  'awslogs-stream-prefix',
  'awslogs-create-group',
  'awslogs-datetime-format',
  'awslogs-multiline-pattern',
  'mode',
  'max-buffer-size',
]);

/** ECS's default today: mode non-blocking with 10 MiB. */
const defaultBufferBytes = 10 * 1024 * 1024;
/** Buffer sizes above this are cut to it: memory has a bound whatever a task asks for. */
const largestBufferBytes = 100 * 1024 * 1024;

/** @throws BadLogOptions */
export function readAwsLogsOptions(
  config: LogConfig,
  about: { readonly container: string; readonly task: PayloadTask; readonly region: string },
): AwsLogsOptions {
  const options = config.options;
  const unknown = Object.keys(options).find((name) => !known.has(name));
  if (unknown !== undefined) throw new BadLogOptions(`unknown log opt '${unknown}' for awslogs log driver`);
  const group = options['awslogs-group'];
  if (!group) throw new BadLogOptions("must specify a value for log opt 'awslogs-group'");
  const datetime = options['awslogs-datetime-format'];
  const pattern = options['awslogs-multiline-pattern'];
  if (datetime !== undefined && pattern !== undefined)
    throw new BadLogOptions(
      "you cannot configure log opt 'awslogs-datetime-format' and 'awslogs-multiline-pattern' at the same time",
    );
  const taskId = about.task.arn.slice(about.task.arn.lastIndexOf('/') + 1);
  const prefix = options['awslogs-stream-prefix'];
  const stream =
    options['awslogs-stream'] ??
    (prefix === undefined ? `${about.container}/${taskId}` : `${prefix}/${about.container}/${taskId}`);
  const mode = options['mode'] ?? 'non-blocking';
  if (mode !== 'blocking' && mode !== 'non-blocking') throw new BadLogOptions(`logger: invalid mode "${mode}"`);
  const eventStart = datetime !== undefined ? datetimePattern(datetime) : pattern;
  return {
    group,
    stream,
    region: options['awslogs-region'] ?? about.region,
    createGroup: readBoolean(options['awslogs-create-group'] ?? 'false'),
    ...(eventStart === undefined ? {} : { eventStart: compile(eventStart) }),
    blocking: mode === 'blocking',
    maxBufferBytes: readSize(options['max-buffer-size']),
  };
}

function readBoolean(text: string): boolean {
  if (['true', 't', '1', 'TRUE', 'True', 'T'].includes(text)) return true;
  if (['false', 'f', '0', 'FALSE', 'False', 'F'].includes(text)) return false;
  throw new BadLogOptions(`must specify valid value for log opt 'awslogs-create-group': ${text}`);
}

/** Docker's sizes: a number with an optional unit of 1024s. */
function readSize(text: string | undefined): number {
  if (text === undefined) return defaultBufferBytes;
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim());
  if (match === null) throw new BadLogOptions(`error getting max-buffer-size: invalid size: '${text}'`);
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase());
  return Math.min(Number(match[1]) * 1024 ** power, largestBufferBytes);
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    throw new BadLogOptions(
      `awslogs could not parse multiline pattern key "${pattern}": it is not a regular expression`,
    );
  }
}

const datetimeParts: Readonly<Record<string, string>> = {
  A: '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day',
  a: '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)',
  B: '(?:January|February|March|April|May|June|July|August|September|October|November|December)',
  b: '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)',
  d: '(?:0[1-9]|[12]\\d|3[01])',
  f: '\\d{6}',
  H: '(?:[01]\\d|2[0-3])',
  I: '(?:0\\d|1[0-2])',
  j: '\\d{3}',
  L: '\\.\\d{3}',
  M: '[0-5]\\d',
  m: '(?:0[1-9]|1[0-2])',
  p: '[AP]M',
  S: '[0-5]\\d',
  w: '[0-6]',
  Y: '\\d{4}',
  y: '\\d{2}',
  Z: '[+-]\\d{4}',
  '%': '%',
};

/** The strftime-like format of awslogs-datetime-format as a regular expression. */
function datetimePattern(format: string): string {
  return format.replace(
    /%(.)|([.*+?^${}()|[\]\\])/g,
    (whole, part: string | undefined, special: string | undefined) => {
      if (special !== undefined) return `\\${special}`;
      return datetimeParts[part ?? ''] ?? whole;
    },
  );
}

/** LogConfig of a container's hostConfig text. */
export function logConfigOf(hostConfig: string): LogConfig | undefined {
  const { LogConfig: config } = JSON.parse(hostConfig || '{}') as {
    LogConfig?: { Type?: string; Config?: Record<string, string> | null };
  };
  return config?.Type ? { type: config.Type, options: config.Config ?? {} } : undefined;
}
