import type { RequestHandler } from 'express';

export interface DocsControllerDeps {
  /** The OpenAPI document of this installation. */
  readonly document: object;
  /** The pages that show it. */
  readonly site: readonly RequestHandler[];
}

export type DocsController = ReturnType<typeof createDocsController>;

export function createDocsController({ document, site }: DocsControllerDeps) {
  return {
    document: () => document,
    site,
  };
}
