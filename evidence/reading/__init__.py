"""Reading a document by explicit rules: sentences, terms, roles, designs and cues."""
