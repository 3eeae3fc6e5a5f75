"""Loaders of publishers' files, one a publisher: they find columns by label and refuse layouts they do not know.

None of them downloads anything; a user points them at files obtained under the publisher's own terms.
"""
