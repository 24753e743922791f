import { writeBlob, writeTimestamp } from '../model/leaf.ts';
import type { Shape, Target } from '../model/model.ts';

// oxlint-disable-next-line no-control-regex -- these are the characters XML 1.0 cannot hold at all
const needsEscape = /[&<>"'\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const names: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

/** Text for an XML element; characters that XML cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(needsEscape, (character) => names[character] ?? '\ufffd');
}

/** The members of `shape` that `value` has, as XML elements. */
export function writeXmlMembers(shape: Shape, value: object): string {
  let text = '';
  for (const { name, xmlName, target } of shape.members) {
    const found = (value as Record<string, unknown>)[name];
    if (found !== undefined && found !== null) text += element(xmlName, target, found);
  }
  return text;
}

function element(name: string, target: Target, value: unknown): string {
  return `<${name}>${write(target, value)}</${name}>`;
}

function write(target: Target, value: unknown): string {
  switch (target.type) {
    case 'timestamp':
      return writeTimestamp(value as number, target.timestampFormat ?? 'date-time');
    case 'blob':
      return writeBlob(value as Uint8Array);
    case 'document':
      return escapeXml(JSON.stringify(value));
    case 'list':
      return writeList(target.item, value as readonly unknown[]);
    case 'map':
      return writeMap(target, value as Readonly<Record<string, unknown>>);
    case 'structure':
    case 'union':
      return writeXmlMembers(target.shape, value as object);
    default:
      return escapeXml(String(value));
  }
}

function writeList(item: Target, values: readonly unknown[]): string {
  const name = item.traits.xmlName ?? 'member';
  let text = '';
  for (const value of values) if (value !== undefined && value !== null) text += element(name, item, value);
  return text;
}

function writeMap({ key, item }: Target, values: Readonly<Record<string, unknown>>): string {
  const [keyName, valueName] = [key.traits.xmlName ?? 'key', item.traits.xmlName ?? 'value'];
  let text = '';
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    text += `<entry>${element(keyName, key, name)}${element(valueName, item, value)}</entry>`;
  }
  return text;
}
