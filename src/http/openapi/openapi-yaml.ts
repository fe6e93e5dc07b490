import { stringify } from 'yaml';
import type { OpenApiDocument } from './openapi-document.ts';

/** The document as YAML, the same text for the same document: no anchors, keys in the document's order, safe for YAML 1.1. */
export const toYaml = (document: OpenApiDocument): string =>
  stringify(document, {
    aliasDuplicateObjects: false,
    blockQuote: 'literal',
    compat: 'yaml-1.1',
    indent: 2,
    lineWidth: 120,
    singleQuote: true,
  });
