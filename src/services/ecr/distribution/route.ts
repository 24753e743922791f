import type { RawAnswer, RawRequest, RawRoute } from '../../../protocol/api/index.ts';
import type { EcrCore } from '../core.ts';
import { empty, failure, failureOf, jsonAnswer, refuse } from './answers.ts';
import { getBlob } from './blobs.ts';
import { downloadOf } from './downloads.ts';
import { getManifest, listTags, putManifest } from './manifests.ts';
import { readPath, registryOfHost, type Wanted } from './read-path.ts';
import { recordDeeds } from './recorded.ts';
import type { DistributionRequest } from './request.ts';
import { deleteUpload, getUpload, patchUpload, postUpload, putUpload } from './uploads.ts';

const version = { 'docker-distribution-api-version': 'registry/2.0' };

/** The OCI distribution API, as the Docker CLI and container engines speak it. https://github.com/opencontainers/distribution-spec */
export function distributionRoute(core: EcrCore): RawRoute {
  return {
    prefix: '/v2/',
    handle: async (raw) => {
      let answer: RawAnswer;
      try {
        answer = await handle(core, raw);
      } catch (error) {
        answer = failureOf(error);
      }
      return { ...answer, headers: { ...version, ...answer.headers } };
    },
  };
}

async function handle(core: EcrCore, raw: RawRequest): Promise<RawAnswer> {
  const path = readPath(raw.path);
  if (path !== undefined && 'wanted' in path && path.wanted.kind === 'blob' && raw.query.has('token')) {
    return downloadOf(core, raw, path.wanted.digest);
  }
  const holder = loggedIn(core, raw);
  if (path === undefined)
    return failure(
      404,
      'UNSUPPORTED',
      `${raw.method} ${raw.path.slice(0, 200)} is not in the distribution API, or not implemented by Longshore`,
    );
  if ('badName' in path)
    return failure(
      400,
      'NAME_INVALID',
      `Invalid parameter at 'repositoryName' failed to satisfy constraint: '${path.badName}' is no repository's name`,
    );
  if (path.wanted.kind === 'base') return jsonAnswer({});
  const scope = path.scope ??
    registryOfHost(raw.headers.get('host') ?? '') ?? { account: holder.caller.account, region: holder.region };
  const context = raw.contextFor(holder.caller, scope.region);
  const pathName = path.scope === undefined ? path.name : `${raw.path.slice('/v2/'.length).split('/')[0]}/${path.name}`;
  const request = { core, raw, context, scope, name: path.name, pathName, seen: {} };
  try {
    const answer = await operate(request, path.wanted);
    recordDeeds(request, path.wanted, { answer });
    return answer;
  } catch (thrown) {
    recordDeeds(request, path.wanted, { thrown });
    throw thrown;
  }
}

/** Who sends this. The password is one that GetAuthorizationToken gave out, whoever asked for it. */
function loggedIn(
  { tokens, clock }: EcrCore,
  { basic }: RawRequest,
): NonNullable<ReturnType<EcrCore['tokens']['open']>> {
  const holder = basic?.user === 'AWS' ? tokens.open(basic.password) : undefined;
  if (holder?.purpose !== 'login') {
    const challenge = { 'www-authenticate': 'Basic realm="longshore",service="ecr.amazonaws.com"' };
    return refuse(
      401,
      'UNAUTHORIZED',
      'Not Authorized: log in with `aws ecr get-login-password | docker login --username AWS --password-stdin`',
      challenge,
    );
  }
  if (clock.nowMs() >= holder.expirationMs)
    return refuse(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.');
  return holder;
}

function operate(
  request: DistributionRequest,
  wanted: Exclude<Wanted, { kind: 'base' }>,
): Promise<RawAnswer> | RawAnswer {
  const { method } = request.raw;
  const isRead = method === 'GET' || method === 'HEAD';
  switch (wanted.kind) {
    case 'manifest':
      if (isRead) return getManifest(request, wanted.reference);
      if (method === 'PUT') return putManifest(request, wanted.reference);
      break;
    case 'blob':
      if (isRead) return getBlob(request, wanted.digest);
      break;
    case 'uploads':
      if (method === 'POST') return postUpload(request);
      break;
    case 'upload':
      if (method === 'PATCH') return patchUpload(request, wanted.id);
      if (method === 'PUT') return putUpload(request, wanted.id);
      if (method === 'GET') return getUpload(request, wanted.id);
      if (method === 'DELETE') return deleteUpload(request, wanted.id);
      break;
    case 'tags':
      if (method === 'GET') return listTags(request);
      break;
  }
  return method === 'HEAD'
    ? empty(405)
    : failure(
        405,
        'UNSUPPORTED',
        `${method} is not supported here, as on ECR: images are deleted with aws ecr batch-delete-image`,
      );
}
