import { parseArn } from '../../../kernel/index.ts';
import type { ContainerDefinition, Definition, Problems } from './definition.ts';
import { nameOf } from './definition.ts';

interface DriverRules {
  readonly requires: readonly string[];
  /** Everything that may be given; absent: the driver takes options of any name, as firelens outputs do. */
  readonly allows?: readonly string[];
}

const common = ['mode', 'max-buffer-size'];
const labels = ['tag', 'labels', 'labels-regex', 'env', 'env-regex'];

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html and Docker's pages of each driver. */
const driverTable: Readonly<Record<string, DriverRules>> = {
  awslogs: {
    requires: ['awslogs-region', 'awslogs-group'],
    allows: [
      'awslogs-create-group',
      'awslogs-region',
      'awslogs-group',
      'awslogs-stream-prefix',
      'awslogs-datetime-format',
      'awslogs-multiline-pattern',
      'awslogs-force-flush-interval-seconds',
      'awslogs-format',
      'tag',
      ...common,
    ],
  },
  'json-file': { requires: [], allows: ['max-size', 'max-file', 'compress', ...labels, ...common] },
  syslog: {
    requires: [],
    allows: [
      'syslog-address',
      'syslog-facility',
      'syslog-tls-ca-cert',
      'syslog-tls-cert',
      'syslog-tls-key',
      'syslog-tls-skip-verify',
      'syslog-format',
      ...labels,
      ...common,
    ],
  },
  journald: { requires: [], allows: [...labels, ...common] },
  gelf: {
    requires: ['gelf-address'],
    allows: [
      'gelf-address',
      'gelf-compression-type',
      'gelf-compression-level',
      'gelf-tcp-max-reconnect',
      'gelf-tcp-reconnect-delay',
      ...labels,
      ...common,
    ],
  },
  fluentd: {
    requires: [],
    allows: [
      'fluentd-address',
      'fluentd-async',
      'fluentd-async-connect',
      'fluentd-buffer-limit',
      'fluentd-retry-wait',
      'fluentd-max-retries',
      'fluentd-sub-second-precision',
      'fluentd-write-timeout',
      'fluentd-request-ack',
      ...labels,
      ...common,
    ],
  },
  splunk: {
    requires: ['splunk-token', 'splunk-url'],
    allows: [
      'splunk-token',
      'splunk-url',
      'splunk-source',
      'splunk-sourcetype',
      'splunk-index',
      'splunk-capath',
      'splunk-caname',
      'splunk-insecureskipverify',
      'splunk-format',
      'splunk-verify-connection',
      'splunk-gzip',
      'splunk-gzip-level',
      'splunk-index-acknowledgment',
      ...labels,
      ...common,
    ],
  },
  awsfirelens: { requires: [] },
};

/** A map, because a name may also be one that every object has. */
const drivers = new Map(Object.entries(driverTable));
const logDrivers = [...drivers.keys()];

/** Rules about logConfiguration and firelensConfiguration. */
export function* logProblems(definition: Definition): Problems {
  for (const container of definition.containerDefinitions) yield* driverProblems(container);
  yield* firelensProblems(definition);
}

function* driverProblems({ logConfiguration: log }: ContainerDefinition): Problems {
  if (log === undefined) return;
  const rules = drivers.get(log.logDriver);
  if (rules === undefined) {
    yield `${log.logDriver} is not a valid log driver. Must be one of [${logDrivers.join(',')}]`;
    return;
  }
  const options = log.options ?? {};
  const given = new Set([...Object.keys(options), ...(log.secretOptions ?? []).map((secret) => secret.name)]);
  const missing = rules.requires.filter((option) => !given.has(option));
  if (missing.length > 0) yield `Log driver ${log.logDriver} requires options: ${missing.join(', ')}`;
  const refused = [...given].filter((option) => rules.allows !== undefined && !rules.allows.includes(option));
  if (refused.length > 0) yield `Log driver ${log.logDriver} disallows options: ${refused.join(', ')}`;
  yield* optionProblems(log.logDriver, options);
}

function* optionProblems(driver: string, options: Readonly<Record<string, string>>): Problems {
  const mode = options['mode'];
  const buffer = options['max-buffer-size'];
  if (driver === 'awslogs') {
    if (options['awslogs-create-group'] !== undefined && options['awslogs-create-group'].toLowerCase() !== 'true') {
      yield "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.";
    }
    if (options['awslogs-datetime-format'] !== undefined && options['awslogs-multiline-pattern'] !== undefined) {
      yield "Log driver awslogs options 'awslogs-datetime-format' and 'awslogs-multiline-pattern' cannot be used together.";
    }
  }
  if (driver === 'awsfirelens') return;
  if (mode !== undefined && mode !== 'blocking' && mode !== 'non-blocking') {
    yield `Log driver ${driver} option 'mode' should be 'blocking' or 'non-blocking', but was '${mode}'.`;
  }
  if (buffer === undefined) return;
  if (mode === 'blocking')
    yield `Log driver ${driver} option 'max-buffer-size' is only supported with mode non-blocking.`;
  if (!/^\d+(?:[kmg]b?)?$/i.test(buffer))
    yield `Log driver ${driver} option 'max-buffer-size' is not a size: '${buffer}'.`;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_FirelensConfiguration.html */
function* firelensProblems({ containerDefinitions }: Definition): Problems {
  const routers = containerDefinitions.filter((container) => container.firelensConfiguration !== undefined);
  const users = containerDefinitions.filter((container) => container.logConfiguration?.logDriver === 'awsfirelens');
  if (routers.length > 1) yield 'Only one container in a task definition can have a firelensConfiguration.';
  if (routers.length > 0 && users.length === 0) {
    yield 'When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.';
  }
  const [user] = users;
  if (user !== undefined && routers.length === 0) {
    yield `Container '${nameOf(user)}' uses the awsfirelens log driver, so a container with a firelensConfiguration must be specified.`;
  }
  for (const router of routers) yield* routerProblems(router.firelensConfiguration?.options ?? {});
}

const routerOptions = ['config-file-type', 'config-file-value', 'enable-ecs-log-metadata'];

function* routerProblems(options: Readonly<Record<string, string>>): Problems {
  const type = options['config-file-type'];
  const value = options['config-file-value'];
  if (type !== undefined && type !== 's3' && type !== 'file') {
    yield `Invalid firelensConfiguration option 'config-file-type': '${type}'. It must be s3 or file.`;
  }
  if ((type === undefined) !== (value === undefined)) {
    yield "The firelensConfiguration options 'config-file-type' and 'config-file-value' must be used together.";
  }
  if (type === 's3' && parseArn(value ?? '')?.service !== 's3') yield 'Invalid arn syntax.';
  for (const option of Object.keys(options)) {
    if (!routerOptions.includes(option)) yield `Invalid firelensConfiguration option '${option}'.`;
  }
}
