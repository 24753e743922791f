import { InvalidArgument } from '../../../../kernel/index.ts';
import type { Operator, OrderOperator, ValueTest } from './comparison.ts';
import {
  compareCount,
  compareInstant,
  compareList,
  comparePattern,
  compareText,
  compareVersion,
} from './comparison.ts';
import type { InstanceFacts } from './facts.ts';

export type InstanceTest = (instance: InstanceFacts) => boolean;

export interface Comparison {
  readonly dependsOnTasks: boolean;
  readonly test: InstanceTest;
}

const order: readonly Operator[] = ['==', '!=', '>', '>=', '<', '<='];
const text: readonly Operator[] = ['==', '!=', 'in', '!in', '=~', '!~'];
const all: readonly Operator[] = [...order, 'in', '!in', '=~', '!~', 'exists', '!exists'];

interface Subject {
  readonly operators: readonly Operator[];
  readonly dependsOnTasks: boolean;
  /** Gets an operator that stands in `operators`. @throws InvalidArgument when the argument is not of the subject's kind */
  compare(operator: Operator, list: readonly string[]): InstanceTest;
}

const subjects: Readonly<Record<string, Subject>> = {
  agentConnected: {
    operators: text,
    dependsOnTasks: false,
    compare: (operator, list) => ofValues(operator, list, (instance) => [String(instance.agentConnected)]),
  },
  ec2InstanceId: {
    operators: text,
    dependsOnTasks: false,
    compare: (operator, list) => ofValues(operator, list, (instance) => given(instance.ec2InstanceId)),
  },
  agentVersion: {
    operators: order,
    dependsOnTasks: false,
    compare(operator, list) {
      const test = compareVersion(operator as OrderOperator, list[0] as string);
      return (instance) => instance.agentVersion !== undefined && test(instance.agentVersion);
    },
  },
  registeredAt: {
    operators: order,
    dependsOnTasks: false,
    compare(operator, list) {
      const test = compareInstant(operator as OrderOperator, list[0] as string);
      return (instance) => test(instance.registeredAtMs);
    },
  },
  runningTasksCount: {
    operators: order,
    dependsOnTasks: true,
    compare(operator, list) {
      const test = compareCount(operator as OrderOperator, list[0] as string);
      return (instance) => test(instance.runningTasksCount);
    },
  },
  'task:group': {
    operators: all,
    dependsOnTasks: true,
    compare: (operator, list) => ofValues(operator, list, (instance) => instance.taskGroups),
  },
};

function attribute(name: string): Subject {
  return {
    operators: all,
    dependsOnTasks: false,
    compare: (operator, list) => ofValues(operator, list, (instance) => given(instance.attributes.get(name))),
  };
}

function given(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

/** True when one of the values passes. Without a value only `!exists` is true: `attribute:a != b` leaves out instances without `a`, as ECS does. */
function ofValues(
  operator: Operator,
  list: readonly string[],
  values: (instance: InstanceFacts) => Iterable<string>,
): InstanceTest {
  const test = valueTest(operator, list);
  return (instance) => {
    for (const value of values(instance)) if (test(value)) return operator !== '!exists';
    return operator === '!exists';
  };
}

function valueTest(operator: Operator, list: readonly string[]): ValueTest {
  switch (operator) {
    case 'exists':
    case '!exists':
      return () => true;
    case 'in':
    case '!in':
      return compareList(operator, list);
    case '=~':
    case '!~':
      return comparePattern(operator, list[0] as string);
    default:
      return compareText(operator, list[0] as string);
  }
}

/** @throws InvalidArgument when there is no such subject, or it does not take the operator or its argument */
export function readComparison(name: string, operator: Operator, list: readonly string[]): Comparison {
  const subject = findSubject(name);
  if (subject === undefined)
    throw new InvalidArgument(
      `Invalid cluster query expression: there is no subject "${name.slice(0, 140)}"; use attribute:<name>, ${Object.keys(subjects).join(', ')}`,
    );
  if (!subject.operators.includes(operator))
    throw new InvalidArgument(
      `Invalid cluster query expression: ${name} does not take the operator ${operator}; use ${subject.operators.join(' ')}`,
    );
  return { dependsOnTasks: subject.dependsOnTasks, test: subject.compare(operator, list) };
}

function findSubject(name: string): Subject | undefined {
  if (name.startsWith('attribute:') && name.length > 'attribute:'.length)
    return attribute(name.slice('attribute:'.length));
  return Object.hasOwn(subjects, name) ? subjects[name] : undefined;
}
