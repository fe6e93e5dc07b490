import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createOpenApiDocument } from '../../src/http/openapi/create-openapi-document.ts';
import { errorCodesOf } from '../../src/http/openapi/error-codes.ts';
import { ErrorResponse, isErrorCode } from '../../src/http/openapi/error-responses.ts';
import { toYaml } from '../../src/http/openapi/openapi-yaml.ts';
import { endpoints } from '../../src/routes/index.ts';
import { answerSchemaOf } from '../support/answer-schema.ts';
import {
  answerExampleOf,
  bodyExampleOf,
  documentedCodes,
  operationOf,
  registeredCodes,
} from '../support/openapi-reader.ts';
import { lint } from '../support/spectral.ts';

const document = createOpenApiDocument(endpoints, {
  title: 'Rowhouse',
  version: '0.1.0',
  serverUrl: 'https://api.rowhouse.example',
});
const yaml = toYaml(document);

describe.each(endpoints.map((endpoint) => [endpoint.operationId, endpoint] as const))('%s', (_name, endpoint) => {
  const operation = operationOf(document, endpoint);

  test('is described with every code it can answer', () => {
    expect(operation.operationId).toBe(endpoint.operationId);
    expect(documentedCodes(document, operation)).toEqual(registeredCodes(errorCodesOf(endpoint)));
  });

  test('has examples that its schemas accept', () => {
    const answer = answerSchemaOf(endpoint.success);
    const answered = answer?.safeParse(answerExampleOf(document, operation, endpoint.success.status));
    const sent = endpoint.body?.safeParse(bodyExampleOf(operation));
    expect([answered?.error?.issues, sent?.error?.issues]).toEqual([undefined, undefined]);
  });
});

describe('the document', () => {
  test('describes each endpoint once', () => {
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
      endpoints.map(({ operationId }) => operationId).sort(),
    );
  });

  test('has an example of every error it mentions, as the server would answer it', () => {
    const { examples } = document.components;
    expect(Object.keys(examples)).not.toHaveLength(0);
    for (const [code, { value }] of Object.entries(examples)) {
      const { error } = ErrorResponse.parse(value);
      expect(error.code).toBe(code);
      expect(isErrorCode(code) && registeredCodes([code])).toEqual([[code, error.statusCode]]);
    }
  });

  test('is the same for the same endpoints in another order', () => {
    const { title, version } = document.info;
    const again = createOpenApiDocument([...endpoints].reverse(), {
      title,
      version,
      serverUrl: 'https://api.rowhouse.example',
    });
    expect(toYaml(again)).toBe(yaml);
  });

  test('survives YAML without anchors', () => {
    expect(parse(yaml)).toEqual(document);
    expect(yaml).not.toMatch(/[:-] [&*]\w/);
  });

  test('satisfies every rule of Spectral', async () => {
    expect(await lint(yaml)).toBe('');
  });
});
