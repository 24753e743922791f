/** What the platform calls for a FARGATE task, by the last part of the service's endpoint name. */
const platformServices = ['ecr.api', 'ecr.dkr', 'logs', 's3', 'secretsmanager', 'ssm'] as const;
export type PlatformService = (typeof platformServices)[number];

/** Where the platform goes for a FARGATE task, through the task's own interface: a service of AWS, or the registry of an image. */
export type Destination =
  | { readonly service: PlatformService; readonly region: string }
  /** Host, possibly with a port. */
  | { readonly registry: string };

/** A destination that cannot be reached from a task's interface. */
export interface ClosedWay {
  /** The destination's text. */
  readonly to: string;
  /** What a Go program says that dials it, such as `dial tcp 203.0.113.7:443: i/o timeout`. */
  readonly dial: string;
  /** What closes it, for people. */
  readonly because: string;
}

/** Signed for ECS: `?task=ARN&to=TEXT` answers `{"closed": ClosedWay}`, or `{}` when the way is open. */
export const closedWayPath = '/longshore/closed-way';

/** Signed for ECS: `?task=ARN&to=SERVICE/REGION` answers how a call of a program in the task gets there, as CallWay. */
export const callWayPath = '/longshore/call-way';

/** A service that a program in a task calls. */
export interface CalledService {
  /** By the last part of its endpoint's name, such as `ecr.api` or `secretsmanager`. */
  readonly service: string;
  readonly region: string;
}

/** How a call of a program leaves its task's interface. */
export interface CallWay {
  /** What closes the way, for people; absent: it is open. */
  readonly closed?: string;
}

/** Undefined for a text that means no service. */
export function readCalledService(text: string): CalledService | undefined {
  const [, service, region] = /^([a-z0-9.-]{1,64})\/([a-z0-9-]{1,32})$/.exec(text) ?? [];
  return service === undefined || region === undefined ? undefined : { service, region };
}

export function destinationText(destination: Destination | CalledService): string {
  return 'service' in destination ? `${destination.service}/${destination.region}` : `registry/${destination.registry}`;
}

/** Undefined for a text that means no destination. */
export function readDestination(text: string): Destination | undefined {
  const [kind = '', at = ''] = text.split('/');
  if (at === '' || text !== `${kind}/${at}`) return undefined;
  if (kind === 'registry') return { registry: at };
  const service = platformServices.find((each) => each === kind);
  return service && { service, region: at };
}
