"""The base of every model of a file that people write.

Belongs here: refusing keys nobody knows. Does not: any field.
"""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
