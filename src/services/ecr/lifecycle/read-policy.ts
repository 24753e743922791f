import { maxLifecycleRules } from '../limits.ts';

export interface LifecycleRule {
  readonly priority: number;
  readonly description?: string;
  readonly tagStatus: 'tagged' | 'untagged' | 'any';
  /** An image must have a tag for each of them. */
  readonly tagPrefixes: readonly string[];
  readonly tagPatterns: readonly string[];
  /** At most this many stay; or those pushed within this many days. */
  readonly keep: { readonly images: number } | { readonly days: number };
}

/** Why a text is no policy, as a sentence. */
export interface BadPolicy {
  readonly problem: string;
}

type Json = Readonly<Record<string, unknown>>;
class Problem extends Error {}

const maxWildcards = 4;

/** Reads a lifecycle policy. https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html */
export function readPolicy(text: string): readonly LifecycleRule[] | BadPolicy {
  try {
    const value = parsed(text);
    only(value, 'the policy', ['rules']);
    const rules = list(value['rules'], 'rules');
    if (rules.length === 0 || rules.length > maxLifecycleRules)
      throw new Problem(`rules must have between 1 and ${maxLifecycleRules} entries`);
    const read = rules.map(readRule).toSorted((one, other) => one.priority - other.priority);
    checkTogether(read);
    return read;
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message };
    throw error;
  }
}

function parsed(text: string): Json {
  try {
    return object(JSON.parse(text), 'the policy');
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('the policy is not JSON');
  }
}

function readRule(given: unknown, index: number): LifecycleRule {
  const place = `rules[${index}]`;
  const rule = object(given, place);
  only(rule, place, ['rulePriority', 'description', 'selection', 'action']);
  const priority = positive(rule['rulePriority'], `${place}.rulePriority`);
  const { description } = rule;
  if (description !== undefined && typeof description !== 'string')
    throw new Problem(`${place}.description is not a text`);
  const action = object(rule['action'], `${place}.action`);
  only(action, `${place}.action`, ['type']);
  if (action['type'] === 'transition')
    throw new Problem(`${place}.action.type 'transition' is not implemented by Longshore`);
  if (action['type'] !== 'expire') throw new Problem(`${place}.action.type must be 'expire'`);
  const selection = object(rule['selection'], `${place}.selection`);
  return {
    priority,
    ...(description === undefined ? {} : { description }),
    ...readSelection(selection, `${place}.selection`),
  };
}

function readSelection(selection: Json, place: string): Omit<LifecycleRule, 'priority' | 'description'> {
  only(selection, place, ['tagStatus', 'tagPrefixList', 'tagPatternList', 'countType', 'countUnit', 'countNumber']);
  const { tagStatus } = selection;
  if (tagStatus !== 'tagged' && tagStatus !== 'untagged' && tagStatus !== 'any') {
    throw new Problem(`${place}.tagStatus must be 'tagged', 'untagged' or 'any'`);
  }
  const tagPrefixes = texts(selection['tagPrefixList'], `${place}.tagPrefixList`);
  const tagPatterns = texts(selection['tagPatternList'], `${place}.tagPatternList`);
  const lists = [tagPrefixes, tagPatterns].filter(({ length }) => length > 0).length;
  if (tagStatus === 'tagged' && lists !== 1)
    throw new Problem(`${place} needs either tagPrefixList or tagPatternList, because tagStatus is 'tagged'`);
  if (tagStatus !== 'tagged' && lists !== 0)
    throw new Problem(`${place} can have tagPrefixList or tagPatternList only if tagStatus is 'tagged'`);
  const wild = tagPatterns.find((pattern) => pattern.split('*').length - 1 > maxWildcards);
  if (wild !== undefined)
    throw new Problem(`${place}.tagPatternList: '${wild}' has more than ${maxWildcards} wildcards`);
  return { tagStatus, tagPrefixes, tagPatterns, keep: readCount(selection, place) };
}

function readCount({ countType, countUnit, countNumber }: Json, place: string): LifecycleRule['keep'] {
  const number = positive(countNumber, `${place}.countNumber`);
  switch (countType) {
    case 'imageCountMoreThan':
      if (countUnit !== undefined)
        throw new Problem(`${place}.countUnit can only be given if countType is 'sinceImagePushed'`);
      return { images: number };
    case 'sinceImagePushed':
      if (countUnit !== 'days') throw new Problem(`${place}.countUnit must be 'days'`);
      return { days: number };
    case 'sinceImagePulled':
    case 'sinceImageTransitioned':
      throw new Problem(`${place}.countType '${countType}' is not implemented by Longshore`);
    default:
      throw new Problem(`${place}.countType must be 'imageCountMoreThan' or 'sinceImagePushed'`);
  }
}

function checkTogether(rules: readonly LifecycleRule[]): void {
  const priorities = new Set(rules.map(({ priority }) => priority));
  if (priorities.size < rules.length) throw new Problem('each rule must have another rulePriority');
  const any = rules.findIndex(({ tagStatus }) => tagStatus === 'any');
  if (any !== -1 && any !== rules.length - 1)
    throw new Problem("the rule whose tagStatus is 'any' must be the only one, and have the highest rulePriority");
  for (const kind of ['images', 'days']) {
    const untagged = rules.filter(({ tagStatus, keep }) => tagStatus === 'untagged' && kind in keep);
    if (untagged.length > 1) throw new Problem("only one rule for each countType can have the tagStatus 'untagged'");
  }
}

function object(value: unknown, place: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Problem(`${place} is not an object`);
  return value as Json;
}

function list(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Problem(`${place} is not a list`);
  return value;
}

function texts(value: unknown, place: string): readonly string[] {
  if (value === undefined) return [];
  const found = list(value, place);
  if (found.length === 0) throw new Problem(`${place} is empty`);
  for (const each of found)
    if (typeof each !== 'string' || each === '') throw new Problem(`${place} has an entry that is no text`);
  return found as readonly string[];
}

function positive(value: unknown, place: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw new Problem(`${place} must be a whole number of at least 1`);
  return value as number;
}

function only(value: Json, place: string, names: readonly string[]): void {
  const other = Object.keys(value).find((name) => !names.includes(name));
  if (other !== undefined) throw new Problem(`${place} has the unknown member '${other.slice(0, 50)}'`);
}
