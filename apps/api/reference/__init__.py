"""The API's reference: the OpenAPI document for programs, and the same for people, in chapters with samples."""
