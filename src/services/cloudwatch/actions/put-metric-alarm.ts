import type { PutMetricAlarmInput } from '../../../protocol/generated/cloudwatch.ts';
import type { Database } from '../../../store/index.ts';
import { invalidValue, notImplemented } from '../errors.ts';
import { alarmKey, alarms, type AlarmRecord } from '../records/alarm.ts';
import { scopeOf, type CloudWatchHandler } from './handler.ts';

const unchecked = 'Unchecked: Initial alarm creation';
/** Longest time an alarm may look back, in seconds. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const maxWindowSeconds = 7 * 24 * 60 * 60;

/**
 * Makes an alarm, in state INSUFFICIENT_DATA, or changes one and leaves its state.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export function putMetricAlarm(db: Database): CloudWatchHandler<'PutMetricAlarm'> {
  return async (input, context) => {
    refuseLater(input);
    check(input);
    const scope = scopeOf(context);
    await db.transact((tx) => {
      const key = alarmKey(scope, input.AlarmName);
      const earlier = tx.get(alarms, key);
      tx.put(alarms, key, {
        ...(earlier ?? fresh(input, scope, context.receivedMs)),
        ...configured(input, context.receivedMs),
      });
    });
    return {};
  };
}

function fresh(
  { AlarmName: name, Tags = [] }: PutMetricAlarmInput,
  scope: { readonly account: string; readonly region: string },
  nowMs: number,
): Omit<AlarmRecord, 'configuration' | 'configuredAtMs'> {
  return {
    ...scope,
    name,
    state: 'INSUFFICIENT_DATA',
    stateReason: unchecked,
    stateUpdatedAtMs: nowMs,
    stateChangedAtMs: nowMs,
    tags: Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
  };
}

function configured(input: PutMetricAlarmInput, nowMs: number): Pick<AlarmRecord, 'configuration' | 'configuredAtMs'> {
  const { AlarmName: _name, Tags: _tags, Metrics: _metrics, ...rest } = input;
  return {
    configuredAtMs: nowMs,
    configuration: {
      ...rest,
      ActionsEnabled: input.ActionsEnabled ?? true,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      Dimensions: input.Dimensions ?? [],
    },
  };
}

function refuseLater(input: PutMetricAlarmInput): void {
  for (const name of ['OKActions', 'AlarmActions', 'InsufficientDataActions'] as const)
    if ((input[name] ?? []).length > 0) throw notImplemented(name);
  for (const name of [
    'Metrics',
    'ThresholdMetricId',
    'EvaluationWindow',
    'WarmUpConfiguration',
    'EvaluationCriteria',
    'EvaluationInterval',
    'ActionConfiguration',
  ] as const)
    if (input[name] !== undefined) throw notImplemented(name);
}

function check(input: PutMetricAlarmInput): void {
  const { MetricName, Namespace, Period, EvaluationPeriods, DatapointsToAlarm, Threshold, ComparisonOperator } = input;
  for (const [name, value] of Object.entries({
    MetricName,
    Namespace,
    Period,
    EvaluationPeriods,
    Threshold,
    ComparisonOperator,
  }))
    if (value === undefined) throw invalidValue(`The parameter ${name} is required for a metric alarm.`);
  if ((input.Statistic === undefined) === (input.ExtendedStatistic === undefined))
    throw invalidValue('Exactly one of Statistic and ExtendedStatistic must be specified.');
  const period = Period ?? 0;
  const periods = EvaluationPeriods ?? 0;
  if (period < 60 ? ![10, 20, 30].includes(period) : period % 60 !== 0)
    throw invalidValue('Period must be 10, 20, 30 or a multiple of 60.');
  if (periods < 1) throw invalidValue('EvaluationPeriods must be at least 1.');
  if (DatapointsToAlarm !== undefined && (DatapointsToAlarm < 1 || DatapointsToAlarm > periods))
    throw invalidValue('DatapointsToAlarm must be between 1 and EvaluationPeriods.');
  if (period * periods > maxWindowSeconds)
    throw invalidValue(
      'Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= 604800).',
    );
  if (!/^(?:breaching|notBreaching|ignore|missing)$/.test(input.TreatMissingData ?? 'missing'))
    throw invalidValue(`The value ${input.TreatMissingData} is not supported for parameter TreatMissingData.`);
}
