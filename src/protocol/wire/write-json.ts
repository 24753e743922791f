import { writeBlob, writeTimestamp } from '../model/leaf.ts';
import type { Shape, Target } from '../model/model.ts';

// Straight to text: building a tree for JSON.stringify costs a third more (bench/protocol.ts).

const needsEscape = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** The members of `shape` that `value` has, as JSON. */
export function writeJson(shape: Shape, value: object): string {
  let text = '';
  const { members } = shape;
  for (let index = 0; index < members.length; index++) {
    const member = members[index];
    if (member === undefined) continue;
    const found = (value as Record<string, unknown>)[member.name];
    if (found === undefined || found === null || member.target.streaming) continue;
    text += (text === '' ? '' : ',') + member.jsonKey + write(member.target, found);
  }
  return `{${text}}`;
}

export function quote(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function write(target: Target, value: unknown): string {
  switch (target.type) {
    case 'string':
      return quote(value as string);
    case 'integer':
    case 'float':
      return Number.isFinite(value) ? String(value) : `"${String(value)}"`;
    case 'boolean':
      return value === true ? 'true' : 'false';
    case 'timestamp':
      return writeJsonTimestamp(target, value as number);
    case 'blob':
      return `"${writeBlob(value as Uint8Array)}"`;
    case 'document':
      return JSON.stringify(value);
    case 'list':
      return writeList(target.item, value as readonly unknown[]);
    case 'map':
      return writeMap(target.item, value as Readonly<Record<string, unknown>>);
    case 'structure':
    case 'union':
      return writeJson(target.shape, value as object);
  }
}

/** Seconds with milliseconds as decimals, unless the member says otherwise. */
function writeJsonTimestamp({ timestampFormat }: Target, timeMs: number): string {
  if (timestampFormat === undefined || timestampFormat === 'epoch-seconds')
    return writeTimestamp(timeMs, 'epoch-seconds');
  return `"${writeTimestamp(timeMs, timestampFormat)}"`;
}

function writeList(item: Target, values: readonly unknown[]): string {
  let text = '';
  for (const value of values) {
    if (value !== undefined && value !== null) text += (text === '' ? '' : ',') + write(item, value);
  }
  return `[${text}]`;
}

function writeMap(item: Target, values: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    text += `${text === '' ? '' : ','}${quote(key)}:${write(item, value)}`;
  }
  return `{${text}}`;
}
