import { ApiError } from '../../../protocol/api/index.ts';
import { actedOn, neededRepository, pageOf, presentRows, type EcrCore, type EcrHandler } from '../core.ts';
import { invalidParameter } from '../errors.ts';
import { findImage } from '../images/find-image.ts';
import { decideExpiries } from '../lifecycle/decide.ts';
import { lifecycleImages } from '../lifecycle/images-of.ts';
import { readPolicy, type LifecycleRule } from '../lifecycle/read-policy.ts';
import { previewKey, previews, repositories, repositoryKey, type RepositoryRecord } from '../records/repository.ts';

function withoutPolicy(kind: 'Repository' | 'Lifecycle', { account, name }: RepositoryRecord): ApiError {
  return new ApiError(
    `${kind}PolicyNotFoundException`,
    `${kind} policy does not exist for the repository with name '${name}' in the registry with id '${account}'`,
  );
}

function named({ account, name }: RepositoryRecord): { readonly registryId: string; readonly repositoryName: string } {
  return { registryId: account, repositoryName: name };
}

/** Writes a repository's record. */
async function change(
  core: EcrCore,
  repository: RepositoryRecord,
  changed: (row: RepositoryRecord) => RepositoryRecord,
): Promise<RepositoryRecord> {
  const { result } = await core.db.transact((tx) => {
    const row = neededRepository(tx, repository, repository.name);
    tx.put(repositories, repositoryKey(row, row.name), changed(row));
    return row;
  });
  return result;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html */
export function setRepositoryPolicy(core: EcrCore): EcrHandler<'SetRepositoryPolicy'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:SetRepositoryPolicy', input);
    const { policyText: policy } = input;
    const problem = core.policyProblem(policy);
    if (problem !== undefined)
      throw invalidParameter(`Invalid parameter at 'PolicyText' failed to satisfy constraint: '${problem}'`);
    await change(core, repository, (row) => ({ ...row, policy }));
    return { ...named(repository), policyText: policy };
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html */
export function getRepositoryPolicy(core: EcrCore): EcrHandler<'GetRepositoryPolicy'> {
  return (input, context) => {
    const repository = actedOn(core, context, 'ecr:GetRepositoryPolicy', input);
    if (repository.policy === undefined) throw withoutPolicy('Repository', repository);
    return { ...named(repository), policyText: repository.policy };
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepositoryPolicy.html */
export function deleteRepositoryPolicy(core: EcrCore): EcrHandler<'DeleteRepositoryPolicy'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:DeleteRepositoryPolicy', input);
    const { policy } = await change(core, repository, (row) => {
      if (row.policy === undefined) throw withoutPolicy('Repository', row);
      const { policy: _gone, ...rest } = row;
      return rest;
    });
    return { ...named(repository), ...(policy === undefined ? {} : { policyText: policy }) };
  };
}

/** @throws InvalidParameterException in AWS's frame, with what is wrong */
function checkedLifecycle(text: string): readonly LifecycleRule[] {
  const rules = readPolicy(text);
  if (!('problem' in rules)) return rules;
  throw invalidParameter(
    `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${rules.problem}'`,
  );
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html */
export function putLifecyclePolicy(core: EcrCore): EcrHandler<'PutLifecyclePolicy'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:PutLifecyclePolicy', input);
    const { lifecyclePolicyText: text } = input;
    checkedLifecycle(text);
    await change(core, repository, (row) => ({ ...row, lifecycle: { text } }));
    return { ...named(repository), lifecyclePolicyText: text };
  };
}

function shownLifecycle({ text, evaluatedAtMs }: NonNullable<RepositoryRecord['lifecycle']>): {
  readonly lifecyclePolicyText: string;
  readonly lastEvaluatedAt?: number;
} {
  return { lifecyclePolicyText: text, ...(evaluatedAtMs === undefined ? {} : { lastEvaluatedAt: evaluatedAtMs }) };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicy.html */
export function getLifecyclePolicy(core: EcrCore): EcrHandler<'GetLifecyclePolicy'> {
  return (input, context) => {
    const repository = actedOn(core, context, 'ecr:GetLifecyclePolicy', input);
    if (repository.lifecycle === undefined) throw withoutPolicy('Lifecycle', repository);
    return { ...named(repository), ...shownLifecycle(repository.lifecycle) };
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteLifecyclePolicy.html */
export function deleteLifecyclePolicy(core: EcrCore): EcrHandler<'DeleteLifecyclePolicy'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:DeleteLifecyclePolicy', input);
    const { lifecycle } = await change(core, repository, (row) => {
      if (row.lifecycle === undefined) throw withoutPolicy('Lifecycle', row);
      const { lifecycle: _gone, ...rest } = row;
      return rest;
    });
    return { ...named(repository), ...(lifecycle === undefined ? {} : shownLifecycle(lifecycle)) };
  };
}

/** What the policy would do is found out when it is asked for, which takes no time. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartLifecyclePolicyPreview.html */
export function startLifecyclePolicyPreview(core: EcrCore): EcrHandler<'StartLifecyclePolicyPreview'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:StartLifecyclePolicyPreview', input);
    const text = input.lifecyclePolicyText ?? repository.lifecycle?.text;
    if (text === undefined) throw withoutPolicy('Lifecycle', repository);
    checkedLifecycle(text);
    const row = { repositoryId: repository.id, text, startedAtMs: core.clock.nowMs() };
    await core.db.transact((tx) => tx.put(previews, previewKey(repository.id), row));
    return { ...named(repository), lifecyclePolicyText: text, status: 'IN_PROGRESS' };
  };
}

/** Of the images as they are now, at the time the preview was started. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicyPreview.html */
export function getLifecyclePolicyPreview(core: EcrCore): EcrHandler<'GetLifecyclePolicyPreview'> {
  return (input, context) => {
    const repository = actedOn(core, context, 'ecr:GetLifecyclePolicyPreview', input);
    const preview = presentRows(core.db).get(previews, previewKey(repository.id));
    if (preview === undefined) {
      throw new ApiError(
        'LifecyclePolicyPreviewNotFoundException',
        `Lifecycle policy preview does not exist for the repository with name '${repository.name}' in the registry with id '${repository.account}'`,
      );
    }
    const all = lifecycleImages(core.db, repository.id);
    const byDigest = new Map(all.map((image) => [image.digest, image]));
    const expiries = decideExpiries(checkedLifecycle(preview.text), all, preview.startedAtMs);
    const wanted = input.imageIds
      ?.map((id) => findImage(core.db, repository, id))
      .flatMap((image) => (typeof image === 'string' ? [] : [image.digest]));
    const status = input.filter?.tagStatus ?? 'ANY';
    const results = expiries.flatMap(({ digest, rule }) => {
      const { tags = [], pushedAtMs = 0 } = byDigest.get(digest) ?? {};
      if (wanted?.includes(digest) === false || (status !== 'ANY' && tags.length > 0 !== (status === 'TAGGED')))
        return [];
      return [
        {
          imageTags: tags,
          imageDigest: digest,
          imagePushedAt: pushedAtMs,
          action: { type: 'EXPIRE' as const },
          appliedRulePriority: rule,
        },
      ];
    });
    const page = pageOf(pageIn(results), input);
    return {
      ...named(repository),
      lifecyclePolicyText: preview.text,
      status: 'COMPLETE',
      previewResults: page.rows.map(({ row }) => row),
      summary: { expiringImageTotalCount: expiries.length },
      ...(page.next === undefined ? {} : { nextToken: page.next }),
    };
  };
}

/** Pages of a list that is made anew each time. */
function pageIn<Row>(rows: readonly Row[]): Parameters<typeof pageOf<Row>>[0] {
  return ({ limit, after = '0' }) => {
    if (!/^\d{1,9}$/.test(after))
      throw invalidParameter(
        "Invalid parameter at 'nextToken' failed to satisfy constraint: 'must be a token of an earlier answer'",
      );
    const end = Number(after) + limit;
    const page = rows.slice(Number(after), end).map((row) => ({ key: '', row, modRevision: 0 }));
    return end < rows.length ? { rows: page, next: String(end) } : { rows: page };
  };
}
