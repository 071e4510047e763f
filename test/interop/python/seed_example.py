import sys
import dicube
import zstandard
from dicube import CommonTags

meta = dicube.load_meta(sys.argv[1])
meta.display()
print(meta.get_shared_value(CommonTags.PatientName))
print(meta.get_values(CommonTags.InstanceNumber))
print(meta.get_values(CommonTags.ImagePositionPatient))
print(len(zstandard.compress(meta.to_json().encode("utf-8"))), "bytes of", len(meta.to_json()))
