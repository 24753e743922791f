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

export function destinationText(destination: Destination): string {
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
