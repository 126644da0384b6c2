/** The types of an OpenAPI document, given as JSON. */
export declare function generateTypes(document: string): Promise<string>;
