import { describe, expect, test } from 'vitest';
import { InvalidArgument, sealingKeyOf, silentLog, toBytes } from '../../kernel/index.ts';
import { ApiError, type RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/acm.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { SimClock, SimIds, SimSealer } from '../../testkit/index.ts';
import { acmService, acmTables, sealedCertificates, servableCertificates, type CertificateFacts } from './index.ts';
import { certificates, keyOfArn } from './records/certificate.ts';

const account = '123456789012';
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A reader that takes `CERT name`, with any key but `BAD`. */
async function openAcm() {
  const clock = new SimClock(settle);
  const db = await openDatabase(new MemoryStore(), acmTables, { log: silentLog, freezeRows: true });
  const users = new Map<string, readonly string[]>();
  const facts = (name: string, nowMs: number): CertificateFacts => ({
    domainName: name,
    names: [name],
    serial: '01',
    subject: `CN=${name}`,
    issuer: 'test',
    notBeforeMs: nowMs,
    notAfterMs: nowMs + 1_000_000,
    keyAlgorithm: name.startsWith('ec.') ? 'EC_prime256v1' : 'RSA_2048',
    signatureAlgorithm: 'SHA256WITHRSA',
  });
  const sealer = new SimSealer();
  const service = acmService({
    db,
    sealer,
    clock,
    ids: new SimIds(1),
    reader: {
      read({ certificate, privateKey }, nowMs) {
        if (privateKey === 'BAD')
          throw new InvalidArgument('The private key does not match the public key of the certificate');
        return facts(certificate.replace('CERT ', ''), nowMs);
      },
    },
    authority: {
      issue: ({ names }) => Promise.resolve({ certificate: `CERT ${names[0]}`, chain: 'CA', privateKey: 'MADE KEY' }),
    },
    users: { of: (arn) => users.get(arn) ?? [] },
  });
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as: { account?: string; region?: string } = {},
  ): Promise<Operations[Name]['output']> => {
    const handler = service.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    return (await handler(input, { account, region: 'us-east-1', ...as } as RequestContext)) as never;
  };
  const importOne = async (name = 'www.example.com', more: Partial<Operations['ImportCertificate']['input']> = {}) =>
    (await call('ImportCertificate', { Certificate: toBytes(`CERT ${name}`), PrivateKey: toBytes('KEY'), ...more }))
      .CertificateArn ?? '';
  return { db, clock, users, call, importOne, servable: servableCertificates(db, sealer), sealer };
}

async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe('ImportCertificate', () => {
  test('[AC-3] has AWS’s ARN; the key is in no answer', async () => {
    const { call, importOne } = await openAcm();
    const arn = await importOne('www.example.com', {
      CertificateChain: toBytes('CHAIN'),
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(arn).toMatch(/^arn:aws:acm:us-east-1:123456789012:certificate\/[0-9a-f-]{36}$/);
    const answers = [
      await call('DescribeCertificate', { CertificateArn: arn }),
      await call('GetCertificate', { CertificateArn: arn }),
      await call('ListCertificates', {}),
      await call('ListTagsForCertificate', { CertificateArn: arn }),
    ];
    expect(JSON.stringify(answers)).not.toContain('KEY"');
    expect(answers[0]).toMatchObject({
      Certificate: {
        DomainName: 'www.example.com',
        Status: 'ISSUED',
        Type: 'IMPORTED',
        RenewalEligibility: 'INELIGIBLE',
        InUseBy: [],
      },
    });
    expect(answers[1]).toEqual({ Certificate: 'CERT www.example.com', CertificateChain: 'CHAIN' });
    expect(answers[3]).toEqual({ Tags: [{ Key: 'a', Value: 'b' }] });
  });

  test('[AC-3] again under its ARN replaces it, and tells who serves it', async () => {
    const { call, importOne, servable } = await openAcm();
    const arn = await importOne('www.example.com', { CertificateChain: toBytes('CHAIN') });
    const told: string[] = [];
    servable.onChange((one) => told.push(one));
    expect(servable.find(arn)).toEqual({
      certificate: 'CERT www.example.com\nCHAIN',
      privateKey: 'KEY',
      names: ['www.example.com'],
    });
    await importOne('new.example.com', { CertificateArn: arn });
    expect(servable.find(arn)?.certificate).toBe('CERT new.example.com');
    expect(told).toEqual([arn]);
    expect(await outcome(importOne('a', { CertificateArn: arn, Tags: [{ Key: 'a' }] }))).toContain(
      'InvalidParameterException',
    );
    const requested = (await call('RequestCertificate', { DomainName: 'r.example.com' })).CertificateArn ?? '';
    expect(await outcome(importOne('a', { CertificateArn: requested }))).toContain(
      'was not imported and cannot be replaced',
    );
  });

  test.each([
    {
      name: 'another’s key',
      more: { PrivateKey: toBytes('BAD') },
      want: 'ValidationException: The private key does not match the public key of the certificate',
    },
    {
      name: 'large',
      more: { Certificate: new Uint8Array(32_769) },
      want: "ValidationException: 1 validation error detected: Value at 'certificate' failed to satisfy constraint: Member must have length between 1 and 32768, but has 32769",
    },
    {
      name: 'no key',
      more: { PrivateKey: new Uint8Array() },
      want: "ValidationException: 1 validation error detected: Value at 'privateKey' failed to satisfy constraint: Member must have length between 1 and 5120, but has 0",
    },
    {
      name: 'large chain',
      more: { CertificateChain: new Uint8Array(262_145) },
      want: "ValidationException: 1 validation error detected: Value at 'certificateChain' failed to satisfy constraint: Member must have length between 1 and 262144, but has 262145",
    },
    {
      name: 'aws: tag',
      more: { Tags: [{ Key: 'aws:x' }] },
      want: "InvalidTagException: The tag key 'aws:x' is reserved: keys cannot start with 'aws:'",
    },
    {
      name: 'unknown ARN',
      more: { CertificateArn: `arn:aws:acm:us-east-1:${account}:certificate/00000000-0000-4000-8000-000000000000` },
      want: `ResourceNotFoundException: Could not find certificate arn:aws:acm:us-east-1:${account}:certificate/00000000-0000-4000-8000-000000000000 in account ${account}.`,
    },
    {
      name: 'no ARN',
      more: { CertificateArn: 'arn:aws:acm:us-east-1:1:x' },
      want: "InvalidArnException: The Amazon Resource Name (ARN) arn:aws:acm:us-east-1:1:x is not a certificate's of this Region",
    },
  ])('[AC-4] refuses $name', async ({ more, want }) => {
    const { db, importOne } = await openAcm();
    expect(await outcome(importOne('a', more))).toBe(want);
    expect(db.revision).toBe(0);
  });
});

describe('RequestCertificate', () => {
  test('[AC-5] answers with an issued certificate of the installation’s authority, once a token', async () => {
    const { call, clock } = await openAcm();
    const request = (IdempotencyToken: string) =>
      call('RequestCertificate', { DomainName: 'API.example.com', IdempotencyToken });
    const [first, second] = await Promise.all([request('t'), request('t')]);
    expect(second).toEqual(first);
    expect(await request('other')).not.toEqual(first);
    await clock.advance(3_600_001);
    expect(await request('t')).not.toEqual(first);
    const { Certificate } = await call('DescribeCertificate', { CertificateArn: first.CertificateArn ?? '' });
    expect(Certificate).toMatchObject({
      DomainName: 'api.example.com',
      Type: 'AMAZON_ISSUED',
      DomainValidationOptions: [{ DomainName: 'api.example.com', ValidationStatus: 'SUCCESS' }],
    });
  });

  test.each([
    {
      input: { CertificateAuthorityArn: 'arn:aws:acm-pca:x' },
      want: 'ValidationException: CertificateAuthorityArn (AWS Private CA) is not implemented by Longshore',
    },
    {
      input: { KeyAlgorithm: 'RSA_4096' },
      want: 'ValidationException: The key algorithm RSA_4096 of requested certificates is not implemented by Longshore',
    },
    {
      input: { Options: { Export: 'ENABLED' } },
      want: 'ValidationException: Export of a certificate is not implemented by Longshore',
    },
    {
      input: { SubjectAlternativeNames: Array.from({ length: 10 }, (_, n) => `n${n}.example.com`) },
      want: 'LimitExceededException: A certificate can have at most 10 names, but would have 11',
    },
  ] as const)('[AC-5] refuses $want', async ({ input, want }) => {
    const { call, db } = await openAcm();
    expect(await outcome(call('RequestCertificate', { DomainName: 'a.example.com', ...input }))).toBe(want);
    expect(db.revision).toBe(0);
  });
});

describe('lists, deletion, tags', () => {
  test('[AC-6] lists RSA up to 2048 unless told otherwise, by status, page by page', async () => {
    const { call, clock, importOne } = await openAcm();
    await importOne('a.example.com');
    await importOne('ec.example.com');
    await importOne('b.example.com');
    const names = async (input: Operations['ListCertificates']['input'] = {}) =>
      (await call('ListCertificates', input)).CertificateSummaryList?.map(({ DomainName }) => DomainName);
    expect(await names()).toEqual(['a.example.com', 'b.example.com']);
    expect(await names({ Includes: { keyTypes: ['EC_prime256v1'] } })).toEqual(['ec.example.com']);
    const page = await call('ListCertificates', { MaxItems: 2 });
    expect(await names({ MaxItems: 2, NextToken: page.NextToken })).toEqual(['b.example.com']);
    await clock.advance(1_000_000);
    expect(await names({ CertificateStatuses: ['ISSUED'] })).toEqual([]);
    expect(await names({ CertificateStatuses: ['EXPIRED'] })).toHaveLength(2);
    expect(
      await names({}).then(async () => await outcome(call('ListCertificates', { SortBy: 'CREATED_AT' }))),
    ).toContain('not implemented by Longshore');
    expect((await call('ListCertificates', {}, { account: '210987654321' })).CertificateSummaryList).toEqual([]);
  });

  test('[AC-7] one in use cannot be deleted, also when it comes into use at that moment', async () => {
    const { call, db, importOne, servable, users } = await openAcm();
    const arn = await importOne();
    users.set(arn, ['arn:lb']);
    expect(await outcome(call('DeleteCertificate', { CertificateArn: arn }))).toBe(
      `ResourceInUseException: Certificate ${arn} in account ${account} is in use.`,
    );
    users.clear();
    const scope = { account, region: 'us-east-1' };
    const used = db
      .transact((tx) => servable.use(tx, scope, arn))
      .then(({ result }) => {
        users.set(arn, ['arn:lb']);
        return result;
      });
    const deleted = outcome(call('DeleteCertificate', { CertificateArn: arn }));
    expect(await used).toBe(true);
    // Who lost built again, and saw the other's commit.
    expect(['ok', `ResourceInUseException: Certificate ${arn} in account ${account} is in use.`]).toContain(
      await deleted,
    );
    expect((await db.transact((tx) => servable.use(tx, { ...scope, account: '210987654321' }, arn))).result).toBe(
      false,
    );
  });

  test('[AC-7] tags are added and removed; a tag with a value only when it has it', async () => {
    const { call, importOne } = await openAcm();
    const CertificateArn = await importOne();
    await call('AddTagsToCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
    await call('RemoveTagsFromCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: '2' }, { Key: 'b' }] });
    expect(await call('ListTagsForCertificate', { CertificateArn })).toEqual({ Tags: [{ Key: 'a', Value: '1' }] });
    const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}` }));
    expect(await outcome(call('AddTagsToCertificate', { CertificateArn, Tags: many }))).toContain(
      'TooManyTagsException',
    );
  });
});

describe('private keys at rest', () => {
  test('[AC-8] the journal has them sealed, and who serves the certificate gets them opened, under whatever key', async () => {
    const { call, db, importOne, sealer, servable } = await openAcm();
    const imported = await importOne();
    const requested = (await call('RequestCertificate', { DomainName: 'r.example.com' })).CertificateArn ?? '';
    const again = await importOne('www.example.com', { PrivateKey: toBytes('OTHER'), CertificateArn: imported });
    expect(again).toBe(imported);
    const stored = () =>
      [imported, requested].map((arn) => db.get(certificates, keyOfArn(arn)?.key ?? '')?.row.privateKey ?? '');
    expect(stored().map(sealingKeyOf)).toEqual(['sim-1', 'sim-1']);
    expect(stored()[0]).not.toBe(stored()[1]);
    sealer.use('sim-2');
    const sealed = sealedCertificates(db, sealer);
    expect([await sealed.reseal('sim-1'), await sealed.reseal('sim-1')]).toEqual([2, 0]);
    expect(stored().map(sealingKeyOf)).toEqual(['sim-2', 'sim-2']);
    expect([servable.find(imported)?.privateKey, servable.find(requested)?.privateKey]).toEqual(['OTHER', 'MADE KEY']);
  });

  test('[AC-8] a key that an older version left in clear is served, and sealed when asked to', async () => {
    const { db, importOne, sealer, servable } = await openAcm();
    const arn = await importOne();
    const key = keyOfArn(arn)?.key ?? '';
    await db.transact((tx) => {
      const row = tx.get(certificates, key);
      if (row !== undefined) tx.put(certificates, key, { ...row, privateKey: '-----BEGIN PRIVATE KEY-----' });
    });
    expect(servable.find(arn)?.privateKey).toBe('-----BEGIN PRIVATE KEY-----');
    const sealed = sealedCertificates(db, sealer);
    expect([...sealed.keyIds()]).toEqual(['']);
    expect(await sealed.reseal('')).toBe(1);
    expect([...sealed.keyIds()]).toEqual(['sim-1']);
    expect(servable.find(arn)?.privateKey).toBe('-----BEGIN PRIVATE KEY-----');
  });
});
