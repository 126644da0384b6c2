import openapiTypescript, { astToString } from 'openapi-typescript';

/** The types of an OpenAPI document, given as JSON. */
export async function generateTypes(document) {
  const ast = await openapiTypescript(document, {
    alphabetize: true,
    defaultNonNullable: false,
  });
  return `// Made by scripts/generate.mjs from the API document: change the schemas of packages/server instead.\n\n${astToString(ast)}`;
}
