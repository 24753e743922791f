import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope } from './scope.ts';

/** There once somebody changed a thing of the default network: all of it is in the tables then, or was deleted by its user. */
export type DefaultNetworkMark = Scope;

export function defaultNetworkMarkKey(scope: Scope): string {
  return `/ec2/default-network/${scopeText(scope)}`;
}

export const defaultNetworkMarks: TableSpec<DefaultNetworkMark, never> = {
  prefix: '/ec2/default-network/',
  indexes: {},
};
