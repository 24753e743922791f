// Import rules that the compiler's project references cannot say. Circles are the linter's (import/no-cycle): it knows types from values.
// The fence itself (which room may import which) is tsc -b.
/** Rooms with an entrance: from outside only this file may be imported. */
const entrance = '(^|/)index[.]ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'rooms-by-their-entrance',
      comment:
        'From outside a room only its index.ts may be imported (protocol/generated holds types only and has no index).',
      severity: 'error',
      from: { path: '^src/(services/[^/]+|[^/]+)/' },
      to: { path: '^src/', pathNot: ['^src/$1/', entrance, '^src/protocol/generated/'] },
    },
    {
      name: 'services-apart',
      comment: 'Services never import one another: declare a port, wire it in main.',
      severity: 'error',
      from: { path: '^src/services/([^/]+)/' },
      to: { path: '^src/services/', pathNot: '^src/services/$1/' },
    },
    {
      name: 'testkit-only-in-tests',
      comment: 'The testkit is for tests and the simulation command.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['[.]test[.]ts$', '^src/testkit/', '/contract/'] },
      to: { path: '^src/testkit/' },
    },
    {
      name: 'nobody-imports-main',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(main|cli)/', '[.]test[.]ts$'] },
      to: { path: '^src/(main|cli)/' },
    },
    {
      name: 'sdk-only-in-tests',
      comment: 'Nothing of the AWS SDK runs in the server.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['[.]test[.]ts$', '^src/protocol/contract/'] },
      to: { path: 'node_modules/@(aws-sdk|smithy)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['src/protocol/generated/'] },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
