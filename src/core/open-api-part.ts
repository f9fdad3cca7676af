/** What a feature adds to the OpenAPI document of one caller. */
export interface OpenApiPart {
  readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
