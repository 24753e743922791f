import { request as httpRequest } from 'node:http';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { HealthCheckConfig, TargetConfig, TargetGroupConfig } from '../../balancer-protocol/index.ts';
import { limits } from '../limits.ts';
import { failed, matchesCode, mismatch, timedOut, type CheckOutcome } from './decide.ts';

const userAgent = 'ELB-HealthChecker/2.0';

export interface CheckRequest {
  readonly target: Pick<TargetConfig, 'address' | 'port'>;
  readonly check: HealthCheckConfig;
  readonly version: TargetGroupConfig['protocolVersion'];
  /** The address to call from; absent: any. */
  readonly source?: string;
}

/** Checks a target once. Never rejects, and takes at most the check's timeout. */
export function checkOnce(request: CheckRequest): Promise<CheckOutcome> {
  const { check, version } = request;
  if (check.protocol === 'TCP') return checkTcp(request);
  return version === 'HTTP1' ? checkHttp(request) : checkHttp2(request);
}

function placeOf({ target, check, source }: CheckRequest): {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
} {
  const place = { host: target.address, port: check.port ?? target.port };
  return source === undefined ? place : { ...place, localAddress: source };
}

/** Settles once, at the latest after the timeout; `close` ends what is still open. */
function bounded(
  timeoutMs: number,
  start: (settle: (outcome: CheckOutcome) => void) => () => void,
): Promise<CheckOutcome> {
  return new Promise((resolve) => {
    let open = true;
    const settle = (outcome: CheckOutcome): void => {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      close();
      resolve(outcome);
    };
    const timer = setTimeout(() => settle(timedOut), timeoutMs);
    const close = start((outcome) => queueMicrotask(() => settle(outcome)));
  });
}

function checkTcp(request: CheckRequest): Promise<CheckOutcome> {
  return bounded(request.check.timeoutMs, (settle) => {
    const socket = connect(placeOf(request), () => settle({ passed: true }));
    socket.on('error', () => settle(failed));
    return () => socket.destroy();
  });
}

function checkHttp(request: CheckRequest): Promise<CheckOutcome> {
  const { check } = request;
  const { host, port, ...from } = placeOf(request);
  return bounded(check.timeoutMs, (settle) => {
    const send = check.protocol === 'HTTPS' ? httpsRequest : httpRequest;
    const call = send({
      host,
      port,
      ...from,
      path: check.path,
      agent: false,
      rejectUnauthorized: false,
      headers: {
        Host: `${host}:${port}`,
        'User-Agent': userAgent,
        Connection: 'close',
        'Accept-Encoding': 'gzip, compressed',
      },
    });
    call.on('response', (response) => {
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > limits.healthBodyBytes) call.destroy();
      });
      const code = response.statusCode ?? 0;
      settle(matchesCode(check.matcher, code) ? { passed: true } : mismatch(code));
    });
    call.on('error', () => settle(failed));
    call.end();
    return () => call.destroy();
  });
}

/** HTTP/2, and gRPC: an empty call of the path, whose grpc-status counts. */
function checkHttp2(request: CheckRequest): Promise<CheckOutcome> {
  const { check, version } = request;
  const { host, port, ...from } = placeOf(request);
  const scheme = check.protocol === 'HTTPS' ? 'https' : 'http';
  return bounded(check.timeoutMs, (settle) => {
    const session = connectHttp2(`${scheme}://${host}:${port}`, { rejectUnauthorized: false, ...from });
    session.on('error', () => settle(failed));
    session.on('close', () => settle(failed));
    if (version === 'GRPC') callGrpc(session, check, settle);
    else getHttp2(session, check, settle);
    return () => session.destroy();
  });
}

function getHttp2(
  session: ClientHttp2Session,
  check: HealthCheckConfig,
  settle: (outcome: CheckOutcome) => void,
): void {
  const stream = session.request({ ':path': check.path, 'user-agent': userAgent });
  stream.on('response', (headers) => {
    const code = Number(headers[':status']);
    settle(matchesCode(check.matcher, code) ? { passed: true } : mismatch(code));
  });
  stream.on('error', () => settle(failed));
  stream.resume();
}

const emptyGrpcMessage = Buffer.alloc(5);

function callGrpc(
  session: ClientHttp2Session,
  check: HealthCheckConfig,
  settle: (outcome: CheckOutcome) => void,
): void {
  const stream = session.request({
    ':method': 'POST',
    ':path': check.path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': userAgent,
  });
  const judge = (headers: Readonly<Record<string, unknown>>): void => {
    if (headers['grpc-status'] === undefined) return;
    const code = Number(headers['grpc-status']);
    settle(matchesCode(check.matcher, code) ? { passed: true } : mismatch(code));
  };
  stream.on('response', judge);
  stream.on('trailers', judge);
  stream.on('error', () => settle(failed));
  stream.on('close', () => settle(failed));
  stream.resume();
  stream.end(emptyGrpcMessage);
}
