import type { TableSpec } from '../../../store/index.ts';
import type { Scope } from './scope.ts';
import { ofService } from './service-revision.ts';

/** A line of a service's history. DescribeServices shows the last 100, newest first; older ones are deleted when new ones come. */
export interface ServiceEventRecord extends Scope {
  readonly cluster: string;
  readonly service: string;
  readonly incarnation: string;
  /** Counts up from 1 within the service. */
  readonly number: number;
  /** UUID. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly message: string;
}

/** Most events kept. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages.html */
export const maxServiceEvents = 100;

export function serviceEventKey(
  of: Scope & { readonly cluster: string; readonly service: string; readonly incarnation: string },
  number: number,
): string {
  const ordered = String(number).padStart(12, '0');
  return `/ecs/service-event/${of.account}/${of.region}/${of.cluster}/${of.service}/${of.incarnation}/${ordered}`;
}

export const serviceEvents: TableSpec<ServiceEventRecord, 'service'> = {
  prefix: '/ecs/service-event/',
  indexes: { service: ofService },
};
