import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { allows, questionsOf, written } from '../../testkit/index.ts';
import { SimClock, SimIds } from '../../testkit/index.ts';
import { acmService, acmTables } from './index.ts';
import { certificateKey, certificates, type CertificateRecord } from './records/certificate.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const id = '11111111-1111-4111-8111-111111111111';
const of = 'arn:aws:acm:us-east-1:123456789012:certificate/';
const arn = `${of}${id}`;
const Tags = [{ Key: 'stage', Value: 'test' }];

/** With one certificate that has tags. */
async function opened() {
  const db = await openDatabase(new MemoryStore(), acmTables, { log: silentLog, freezeRows: true });
  const tags = [{ key: 'team', value: 'shop' }];
  await db.transact((tx) =>
    tx.put(certificates, certificateKey(scope, id), { ...scope, id, tags } as unknown as CertificateRecord),
  );
  return acmService({
    db,
    clock: new SimClock(() => Promise.resolve()),
    ids: new SimIds(1),
    reader: {} as never,
    authority: {} as never,
    users: {} as never,
    sealer: {} as never,
  });
}

const keys = [
  'acm:DomainNames',
  'acm:KeyAlgorithm',
  'acm:ValidationMethod',
  'acm:CertificateTransparencyLogging',
  'aws:RequestTag/stage',
  'aws:ResourceTag/team',
];

const table: readonly (readonly [string, object, readonly string[]])[] = [
  [
    'AddTagsToCertificate',
    { CertificateArn: arn, Tags },
    [`acm:AddTagsToCertificate ${arn} aws:RequestTag/stage=test aws:ResourceTag/team=shop`],
  ],
  ['DeleteCertificate', { CertificateArn: arn }, [`acm:DeleteCertificate ${arn} aws:ResourceTag/team=shop`]],
  [
    'DescribeCertificate',
    { CertificateArn: arn.replace('aws', 'aws-cn') },
    [`acm:DescribeCertificate ${arn} aws:ResourceTag/team=shop`],
  ],
  ['GetCertificate', { CertificateArn: `${of}none` }, [`acm:GetCertificate ${of}none`]],
  ['ImportCertificate', {}, [`acm:ImportCertificate ${of}*`]],
  ['ImportCertificate', { CertificateArn: arn }, [`acm:ImportCertificate ${arn} aws:ResourceTag/team=shop`]],
  [
    'ImportCertificate',
    { Tags },
    [
      `acm:ImportCertificate ${of}* aws:RequestTag/stage=test`,
      `acm:AddTagsToCertificate ${of}* aws:RequestTag/stage=test`,
    ],
  ],
  ['ListCertificates', {}, ['acm:ListCertificates *']],
  ['ListTagsForCertificate', { CertificateArn: arn }, [`acm:ListTagsForCertificate ${arn} aws:ResourceTag/team=shop`]],
  [
    'RemoveTagsFromCertificate',
    { CertificateArn: arn, Tags },
    [`acm:RemoveTagsFromCertificate ${arn} aws:RequestTag/stage=test aws:ResourceTag/team=shop`],
  ],
  [
    'RequestCertificate',
    { DomainName: 'A.example', SubjectAlternativeNames: ['b.example', 'a.example'], ValidationMethod: 'DNS' },
    [
      'acm:RequestCertificate * acm:DomainNames=a.example,b.example acm:KeyAlgorithm=RSA_2048 acm:ValidationMethod=DNS acm:CertificateTransparencyLogging=ENABLED',
    ],
  ],
];

test('[AUT-1] every operation of ACM says what it asks, and no other', async () => {
  const { handlers, authorization } = await opened();
  const handled = Object.keys(handlers).sort();
  expect(Object.keys(authorization ?? {}).sort()).toEqual(handled);
  expect([...new Set(table.map(([name]) => name))].sort()).toEqual(handled);
});

test.each(table)('[AUT-2] %s asks (%j)', async (name, input, expected) => {
  const questions = questionsOf(await opened(), name, input);
  expect(questions.map((question) => written(question, keys))).toEqual(expected);
});

// The condition of https://docs.aws.amazon.com/acm/latest/userguide/acm-conditions.html
test.each<[readonly string[], boolean]>([
  [['shop.example.com'], true],
  [['shop.example.com', 'shop.example.org'], false],
])(
  '[AUT-10] certificates for names of one domain only: %j',
  async ([DomainName = '', ...SubjectAlternativeNames], expected) => {
    const Condition = { 'ForAllValues:StringLike': { 'acm:DomainNames': ['*.example.com'] } };
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'acm:RequestCertificate', Resource: '*', Condition }],
    };
    const input = { DomainName, SubjectAlternativeNames };
    expect(allows(policy, questionsOf(await opened(), 'RequestCertificate', input))).toBe(expected);
  },
);
