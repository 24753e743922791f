import { ApiError } from '../../../protocol/api/index.ts';
import type {
  Action,
  FixedResponseActionConfig,
  ForwardActionConfig,
  RedirectActionConfig,
} from '../../../protocol/generated/elbv2.ts';
import { invalidConfiguration, notImplemented, tooMany, validationError } from '../errors.ts';
import { maxTargetGroupsPerAction } from '../limits.ts';
import type { ActionRecord, ForwardRecord, ListenerRecord } from '../records/listener.ts';

const contentTypes = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];
const maxWeight = 999;
const maxStickinessSeconds = 604_800;

type Protocol = ListenerRecord['protocol'];

function invalidAction(message: string): ApiError {
  return new ApiError('InvalidLoadBalancerAction', message);
}

/**
 * The action of a listener's default rule or of a rule. Target groups are looked up later (see target-group-rules).
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
 * @throws ValidationError, InvalidLoadBalancerAction, TooManyActions, InvalidConfigurationRequest
 */
export function readActions(given: readonly Action[], protocol: Protocol): ActionRecord {
  for (const { Type } of given) {
    if (Type === 'authenticate-cognito' || Type === 'authenticate-oidc' || Type === 'jwt-validation') {
      throw notImplemented(`The action type ${Type}`);
    }
  }
  const [action] = given;
  if (action === undefined) throw validationError('At least one action must be specified');
  if (given.length > 1)
    throw tooMany('Actions', 'A rule must have exactly one forward, redirect or fixed-response action');
  const order = action.Order === undefined ? {} : { order: action.Order };
  if (action.Type === 'forward') return { ...readForward(action, protocol), ...order };
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw invalidAction(`The action type '${action.Type}' is not valid with listener protocol '${protocol}'`);
  }
  checkNoForward(action);
  return action.Type === 'redirect'
    ? { ...readRedirect(action.RedirectConfig, protocol), ...order }
    : { ...readFixedResponse(action.FixedResponseConfig), ...order };
}

function checkNoForward({ Type, TargetGroupArn, ForwardConfig }: Action): void {
  if (TargetGroupArn !== undefined || ForwardConfig !== undefined) {
    throw validationError(`An action of type '${Type}' cannot have a target group`);
  }
}

function readForward(action: Action, protocol: Protocol): ForwardRecord {
  const { TargetGroupArn: single, ForwardConfig: config, RedirectConfig, FixedResponseConfig } = action;
  if (RedirectConfig !== undefined || FixedResponseConfig !== undefined) {
    throw validationError("An action of type 'forward' cannot have a redirect or fixed-response configuration");
  }
  const targetGroups = (config?.TargetGroups ?? []).map(({ TargetGroupArn: arn, Weight: weight = 1 }) => {
    if (arn === undefined) throw validationError('A target group ARN must be specified');
    if (!Number.isInteger(weight) || weight < 0 || weight > maxWeight) {
      throw validationError(`Target group weight '${weight}' must be between 0 and ${maxWeight} inclusive`);
    }
    return { arn, weight };
  });
  if (single !== undefined && targetGroups.some(({ arn }) => arn !== single)) {
    throw validationError('A forward action with TargetGroupArn can only have that target group in ForwardConfig');
  }
  const groups = targetGroups.length === 0 && single !== undefined ? [{ arn: single, weight: 1 }] : targetGroups;
  if (groups.length === 0) throw validationError('A target group ARN must be specified');
  if (new Set(groups.map(({ arn }) => arn)).size < groups.length) {
    throw validationError('A forward action cannot have the same target group more than once');
  }
  if (groups.length > maxTargetGroupsPerAction) {
    throw invalidConfiguration(`An action can have at most ${maxTargetGroupsPerAction} target groups`);
  }
  return { type: 'forward', targetGroups: groups, ...readStickiness(config, protocol) };
}

function readStickiness(
  config: ForwardActionConfig | undefined,
  protocol: Protocol,
): Pick<ForwardRecord, 'stickinessSeconds'> {
  const { Enabled, DurationSeconds: seconds } = config?.TargetGroupStickinessConfig ?? {};
  if (Enabled !== true) return {};
  if (protocol !== 'HTTP' && protocol !== 'HTTPS')
    throw notImplemented('Target group stickiness of a Network Load Balancer');
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 1 || seconds > maxStickinessSeconds) {
    throw validationError(
      `Target group stickiness duration '${seconds ?? 'null'}' must be between 1 and ${maxStickinessSeconds} seconds inclusive`,
    );
  }
  return { stickinessSeconds: seconds };
}

/** What a redirect keeps where nothing else is said. */
const kept = {
  protocol: '#{protocol}',
  host: '#{host}',
  port: '#{port}',
  path: '/#{path}',
  query: '#{query}',
} as const;

function readRedirect(config: RedirectActionConfig | undefined, listener: Protocol): ActionRecord {
  if (config === undefined) throw validationError("An action of type 'redirect' must have a redirect configuration");
  const redirect = {
    type: 'redirect',
    statusCode: config.StatusCode === 'HTTP_301' ? 301 : 302,
    protocol: config.Protocol ?? kept.protocol,
    host: config.Host ?? kept.host,
    port: config.Port ?? kept.port,
    path: config.Path ?? kept.path,
    query: config.Query ?? kept.query,
  } as const;
  const { protocol, host, port, path } = redirect;
  if (protocol === kept.protocol && host === kept.host && port === kept.port && path === kept.path) {
    throw invalidAction('The redirect configuration is not valid because it creates a loop');
  }
  if (listener === 'HTTPS' && protocol === 'HTTP') throw invalidAction('HTTPS cannot be redirected to HTTP');
  const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  if (port !== kept.port && !isPort)
    throw validationError(`Redirect port '${port}' must be '#{port}' or between '1' and '65535'`);
  if (!path.startsWith('/')) throw validationError(`Redirect path '${path}' must begin with a '/' character`);
  const unknown = /#\{(?!(?:protocol|host|port|path|query)\})[^}]*\}?/.exec([host, path, redirect.query].join(' '));
  if (unknown !== null) throw validationError(`Redirect configuration contains the unknown keyword '${unknown[0]}'`);
  return redirect;
}

function readFixedResponse(config: FixedResponseActionConfig | undefined): ActionRecord {
  if (config === undefined) {
    throw validationError("An action of type 'fixed-response' must have a fixed-response configuration");
  }
  const { StatusCode, MessageBody = '', ContentType = 'text/plain' } = config;
  if (!contentTypes.includes(ContentType)) {
    throw validationError(`Fixed response content type '${ContentType}' must be one of '${contentTypes.join(', ')}'`);
  }
  return { type: 'fixed-response', statusCode: Number(StatusCode), contentType: ContentType, body: MessageBody };
}

/** An action as the API shows it. */
export function describedAction(action: ActionRecord, protocol: Protocol): Action {
  const order = action.order === undefined ? {} : { Order: action.order };
  switch (action.type) {
    case 'forward':
      return { Type: 'forward', ...describedForward(action, protocol), ...order };
    case 'redirect':
      return {
        Type: 'redirect',
        RedirectConfig: {
          Protocol: action.protocol,
          Port: action.port,
          Host: action.host,
          Path: action.path,
          Query: action.query,
          StatusCode: action.statusCode === 301 ? 'HTTP_301' : 'HTTP_302',
        },
        ...order,
      };
    case 'fixed-response':
      return {
        Type: 'fixed-response',
        FixedResponseConfig: {
          StatusCode: String(action.statusCode),
          ContentType: action.contentType,
          ...(action.body === '' ? {} : { MessageBody: action.body }),
        },
        ...order,
      };
  }
}

function describedForward(
  { targetGroups, stickinessSeconds }: ForwardRecord,
  protocol: Protocol,
): Omit<Action, 'Type'> {
  const [first] = targetGroups;
  const isHttp = protocol === 'HTTP' || protocol === 'HTTPS';
  return {
    ...(targetGroups.length === 1 && first !== undefined ? { TargetGroupArn: first.arn } : {}),
    ForwardConfig: {
      TargetGroups: targetGroups.map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight })),
      ...(isHttp
        ? {
            TargetGroupStickinessConfig:
              stickinessSeconds === undefined
                ? { Enabled: false }
                : { Enabled: true, DurationSeconds: stickinessSeconds },
          }
        : {}),
    },
  };
}
